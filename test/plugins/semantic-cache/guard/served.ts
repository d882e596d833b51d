import { compareFacts } from '../../../../plugins/semantic-cache/guard/compare.ts';
import { extractFacts } from '../../../../plugins/semantic-cache/guard/extract.ts';
import type { GuardLevel } from '../../../../plugins/semantic-cache/guard/rule.ts';

/** Name of the rule that refuses to serve the answer of one prompt for another; null where none does. */
export function refusedBy(asked: string, stored: string, level: GuardLevel = 'strict'): string | null {
  return compareFacts(extractFacts(asked), extractFacts(stored), level)?.rule ?? null;
}
