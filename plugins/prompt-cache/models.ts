import type { Target } from '../../sdk/index.ts';

/** What is known of the prompt caches of one family of models. */
interface Family {
  /** Read on a model's name in lower case. */
  readonly pattern: RegExp;
  /** The shortest prefix that is kept, in tokens. */
  readonly minTokens: number;
  /** Whether the tools may carry a mark of their own. */
  readonly tools: boolean;
  /** Whether Bedrock keeps it for an hour on request. */
  readonly hourOnBedrock: boolean;
}

const family = (pattern: RegExp, minTokens: number, hourOnBedrock = false, tools = true): Family => ({
  pattern,
  minTokens,
  tools,
  hourOnBedrock,
});

/**
 * Shortest prefixes by family; the first that fits counts. A mark on less is ignored by the provider at no cost, so where
 * sources differ the smaller number stands here.
 *
 * Taken on 2026-11-21 from quotations of the vendors' pages (Claude: "Cache limitations" of its prompt caching page; Nova:
 * the prompt caching page of Bedrock's user guide), not from the pages themselves. Disputed: 2,048 instead of 1,024 for
 * Sonnet 4.6. Unconfirmed: 2,048 for Opus 4.7, and an hour on Bedrock.
 */
const families: readonly Family[] = [
  family(/claude-opus-4-[56]/, 4096, true),
  family(/claude-haiku-4-5/, 4096, true),
  family(/claude-opus-4-7/, 2048, true),
  family(/claude-sonnet-4-[56]/, 1024, true),
  family(/claude-3-5-haiku|claude-haiku-3|claude-3-haiku/, 2048),
  family(/claude/, 1024),
  family(/\bnova-/, 1000, false, false),
];

/** What may be marked for a target; null where marks are not taken, or nobody knows. */
export interface Markable {
  readonly minTokens: number;
  readonly tools: boolean;
  readonly hour: boolean;
}

/** Whether and how a target takes marks: Claude at Anthropic, Claude and Nova at Bedrock. Others cache by themselves. */
export function markableAt({ kind, vendor, model }: Target): Markable | null {
  if (kind === 'anthropic' ? vendor !== 'anthropic' : kind !== 'bedrock') return null;
  const found = families.find(({ pattern }) => pattern.test(model.toLowerCase()));
  if (found === undefined) return null;
  return {
    minTokens: found.minTokens,
    tools: found.tools,
    hour: kind === 'anthropic' || found.hourOnBedrock,
  };
}
