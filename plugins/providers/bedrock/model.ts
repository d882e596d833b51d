import { claudeTraits, isClaude } from '../../../sdk/provider-kit/claude.ts';
import { vendorOf } from '../../../sdk/provider-kit/vendor.ts';
import type { ModelTraits } from '../../../sdk/traits.ts';

/** Areas that cross-region inference profiles are named after: `us.anthropic.claude-…`. */
const area = /^(?:global|us-gov|us|eu|apac|ap|jp|au|ca|sa|uk|me|af|il|in|kr)\./;

/** Makers whose name in a model id is not the one that they have elsewhere. */
const makers: Readonly<Record<string, string>> = { moonshotai: 'moonshot', ai21labs: 'ai21' };

/** A part of a request that cache points can stand in. */
export type CachePlace = 'tools' | 'system' | 'messages';

const nowhere: ReadonlySet<CachePlace> = new Set();
const everywhere: ReadonlySet<CachePlace> = new Set(['tools', 'system', 'messages']);
const novaPlaces: ReadonlySet<CachePlace> = new Set(['system', 'messages']);

/** What Converse takes for one model, where its models differ and `ModelTraits` has no word for it. */
export interface BedrockModel {
  /** The model's id without account, region and profile, such as `anthropic.claude-sonnet-4-6`. */
  readonly base: string;
  /** '' where the id does not say. */
  readonly vendor: string;
  readonly claude: boolean;
  readonly nova: boolean;
  /** Where cache points may stand. */
  readonly cachePlaces: ReadonlySet<CachePlace>;
  /** Whether a cache point may say how long. */
  readonly cacheTtl: boolean;
  /** The strongest way to demand a call: of one tool, of any, or not at all. */
  readonly force: 'tool' | 'any' | 'none';
  /** Whether calls one at a time can be asked for. */
  readonly oneCallAtATime: boolean;
  /** Whether a tool's result may say that it is an error. */
  readonly resultStatus: boolean;
}

/**
 * The id of the model itself: `anthropic.claude-…` for `us.anthropic.claude-…` and for ARNs that end with it. What
 * names no model (an application inference profile) comes back as its last part.
 */
export function baseModel(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1).replace(area, '');
}

/** Who makes a model: `anthropic` for Claude in all spellings; '' where the id does not say. */
export function bedrockVendor(id: string): string {
  const base = baseModel(id).toLowerCase();
  if (isClaude(base)) return 'anthropic';
  const dot = base.indexOf('.');
  if (dot < 0) return id.startsWith('arn:') ? '' : vendorOf(base);
  const maker = base.slice(0, dot);
  return Object.hasOwn(makers, maker) ? makers[maker]! : maker;
}

/** @param base as `baseModel` gives it. */
export function describeModel(base: string): BedrockModel {
  const vendor = bedrockVendor(base);
  const claude = isClaude(base);
  const nova = /\bnova-/.test(base);
  const old = claude && /claude-(?:instant|v\d|3-(?:sonnet|haiku|opus)|3-5-sonnet-20240620)/.test(base);
  return {
    base,
    vendor,
    claude,
    nova,
    // docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html: Claude since 3.5 Haiku, Nova without tools.
    cachePlaces: claude && !old ? everywhere : nova ? novaPlaces : nowhere,
    cacheTtl: claude,
    // API reference of ToolChoice: `any` for Claude, Nova and Mistral Large, `tool` for Claude and Nova.
    force: claude || nova ? 'tool' : /mistral-large|pixtral-large/.test(base) ? 'any' : 'none',
    // Older Claude on Bedrock refused the switch as an unknown key (anthropics/anthropic-sdk-typescript#592).
    oneCallAtATime: claude && !old && !/claude-3/.test(base),
    resultStatus: claude || nova,
  };
}

const plain: ModelTraits = { reasoning: 'none', structuredOutput: 'json' };
const toolJson: ModelTraits = { reasoning: 'none', structuredOutput: 'tool' };
const nova2: ModelTraits = {
  reasoning: 'effort',
  efforts: ['none', 'low', 'medium', 'high'],
  structuredOutput: 'tool',
};
const gptOss: ModelTraits = {
  reasoning: 'effort',
  efforts: ['low', 'medium', 'high'],
  structuredOutput: 'json',
};

/** What a model takes. @param base as `baseModel` gives it. */
export function bedrockTraits(base: string): ModelTraits {
  if (isClaude(base)) return claudeTraits(base);
  if (/\bnova-2-/.test(base)) return nova2;
  if (/gpt-oss/.test(base)) return gptOss;
  return describeModel(base).force === 'none' ? plain : toolJson;
}
