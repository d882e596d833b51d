import type { Alignment } from './align.ts';
import type { Facts } from './facts.ts';

/** How much is compared: `strict` also asks a partner for every word of the subject. */
export type GuardLevel = 'rules' | 'strict';

/** Why an answer may not be served. */
export interface Refusal {
  /** Name of the rule, for the metric. */
  readonly rule: string;
  /** What differed. It quotes the prompts: keep it out of logs. */
  readonly detail: string;
}

/** One comparison. */
export interface Rule {
  readonly name: string;
  /** Runs only at this level; at both without it. */
  readonly level?: GuardLevel;
  /** What differs, or null where nothing does. */
  compare(asked: Facts, stored: Facts, alignment: Alignment): string | null;
}

/** Lists that must be equal: what differs, or null. */
export function unequal(asked: readonly string[], stored: readonly string[]): string | null {
  if (asked.length === stored.length && asked.every((text, index) => text === stored[index])) return null;
  return `${asked.join(', ') || 'none'} / ${stored.join(', ') || 'none'}`;
}

/** Members of one list that the other lacks. */
export function missing(here: readonly string[], there: readonly string[]): string[] {
  return here.filter((text) => !there.includes(text));
}
