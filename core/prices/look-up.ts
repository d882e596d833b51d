import type { Target } from '../../sdk/target.ts';
import type { PriceTable, TablePrice } from './table-price.ts';

type Models = PriceTable['models'];
type Names = Pick<Target, 'kind' | 'model' | 'region'>;

/** Dates of snapshots: `-2025-08-07` (OpenAI), `-20250929` (Anthropic), `@20250929` (Anthropic at Google). */
const date = /[-@](?:\d{4}-\d{2}-\d{2}|\d{8})$/;
/** Dates of OpenAI's first models: `gpt-4-0613`. */
const shortDate = /^((?:ft:)?gpt-(?:3\.5|35|4)(?:-turbo(?:-instruct)?)?)-\d{4}$/;
/** `claude-sonnet-4-0` is the undated name of `claude-sonnet-4-20250514`. */
const zero = /^(claude-[a-z]+-\d+)-0$/;
/** A stable version: `gemini-2.0-flash-001`. */
const version = /^(gemini-.*)-00\d$/;
/** A longer context window of the same model: `anthropic.claude-…-v1:0:200k`. */
const window = /:(?:\d+k|mm)$/;
/** Areas that Bedrock's cross-region inference profiles are named after. */
const area = /^(?:global|us-gov|us|eu|apac|ap|jp|au|ca|sa|uk|me|af|il|in|kr)\./;
const arn = /^arn:[^:]*:bedrock:([^:]*):/;

/** Kinds whose models have a price of their own there or none: what they run is not the maker's own service. */
const closedKinds: ReadonlySet<string> = new Set(['bedrock', 'ollama', 'mock']);
/** Where a model of any other kind is looked for by its name alone. */
const makers = ['openai', 'anthropic', 'gemini', 'bedrock'] as const;

/**
 * Finds a target's model in a table: by kind and model, then by model alone. Names are tried from the most exact to the
 * plainest, so that a snapshot or an inference profile with a price of its own is found first.
 */
export function lookUp(models: Models, target: Names): TablePrice | undefined {
  const { kind, model } = target;
  const own = find(models, kind, kind === 'bedrock' ? bedrockNames(target) : namesOf(target));
  if (own || closedKinds.has(kind)) return own;
  // `vendor/model` is another seller's name (OpenRouter, a server of one's own): its price is not the maker's.
  if (model.includes('/')) return undefined;
  for (const maker of makers) {
    if (maker === kind) continue;
    const price = find(models, maker, plainNames(model));
    if (price) return price;
  }
  return undefined;
}

function find(models: Models, kind: string, names: readonly string[]): TablePrice | undefined {
  if (!Object.hasOwn(models, kind)) return undefined;
  const prices = models[kind]!;
  const name = names.find((name) => Object.hasOwn(prices, name));
  return name === undefined ? undefined : prices[name];
}

function namesOf({ kind, model, region }: Names): readonly string[] {
  if (kind === 'gemini') return plainNames(model.replace(/^models\//, ''));
  // Azure's data zones cost more than its global deployments. A region that is only a label changes nothing.
  if (kind === 'azure') {
    const names = plainNames(model);
    return [...names.map((name) => `${region}/${name}`), ...names];
  }
  return plainNames(model);
}

/** A model's name as it came, then without what snapshots add to it. */
export function plainNames(model: string): readonly string[] {
  // A fine-tuned model costs more than its base: `ft:gpt-4o-2024-08-06:my-org::id` is `ft:gpt-4o-2024-08-06`.
  const name = model.startsWith('ft:') ? model.split(':', 2).join(':') : model;
  const undated = name.replace(date, '').replace(/-latest$/, '');
  const plain = undated.replace(shortDate, '$1').replace(zero, '$1').replace(version, '$1');
  return plain === name ? [name] : [name, plain];
}

/** Ids of Bedrock's: an inference profile's own price, then that of the region, then that of the model. */
function bedrockNames({ model, region }: Names): readonly string[] {
  const id = model.slice(model.lastIndexOf('/') + 1).replace(window, '');
  const base = id.replace(area, '');
  if (base !== id) return [id, base];
  return [`${arn.exec(model)?.[1] ?? region}/${base}`, base];
}
