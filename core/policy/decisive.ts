import type { LeafTrace } from '../../sdk/trace.ts';
import type { ReadyPred } from './prepare.ts';

/**
 * Which of the leaves asked made a predicate come out as it did: of `any` that holds the one that held, of `all`
 * that fails the one that failed. The others were looked at and changed nothing.
 *
 * @returns indexes into `asked`; null where every leaf counts
 */
export function decisiveLeaves(
  pred: ReadyPred,
  memo: readonly (LeafTrace | undefined)[],
  asked: readonly LeafTrace[],
): readonly number[] | null {
  if (asked.length < 2) return null;
  const decisive = new Set<LeafTrace>();
  outcome(pred, memo, decisive);
  const indexes: number[] = [];
  asked.forEach((leaf, i) => {
    if (decisive.has(leaf)) indexes.push(i);
  });
  return indexes.length === asked.length ? null : indexes;
}

/** The result again, from the memo; adds the leaves that made it to `into`. Undefined where none was asked. */
function outcome(
  pred: ReadyPred,
  memo: readonly (LeafTrace | undefined)[],
  into: Set<LeafTrace>,
): boolean | undefined {
  if (pred.kind === 'leaf') {
    const trace = memo[pred.slot];
    if (trace !== undefined) into.add(trace);
    return trace?.result;
  }
  if (pred.kind === 'not') {
    const result = outcome(pred.of, memo, into);
    return result === undefined ? undefined : !result;
  }
  const ends = pred.kind === 'any';
  const all = new Set<LeafTrace>();
  for (const one of pred.of) {
    const own = new Set<LeafTrace>();
    if (outcome(one, memo, own) === ends) {
      for (const leaf of own) into.add(leaf);
      return ends;
    }
    for (const leaf of own) all.add(leaf);
  }
  for (const leaf of all) into.add(leaf);
  return !ends;
}
