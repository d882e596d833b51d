import type { LeafTrace } from '../../sdk/trace.ts';
import type { ReadyPred } from './prepare.ts';

/** Leaves are counted as bits of a number; a policy with more distinct ones names them all. */
const maxSlots = 31;

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
  if (asked.length < 2 || memo.length > maxSlots) return null;
  const decisive = outcome(pred, memo);
  let indexes: number[] | null = null;
  for (let slot = 0; slot < memo.length; slot += 1) {
    if ((decisive.slots & (1 << slot)) === 0) continue;
    indexes ??= [];
    for (let index = 0; index < asked.length; index += 1)
      if (asked[index] === memo[slot]) indexes.push(index);
  }
  if (indexes === null || indexes.length === asked.length) return null;
  return indexes.sort((a, b) => a - b);
}

interface Decisive {
  /** Undefined where no leaf was asked. */
  readonly result: boolean | undefined;
  /** Bits of the slots whose leaves made the result. */
  readonly slots: number;
}

/** The result again, from the memo, with the leaves that made it. */
function outcome(pred: ReadyPred, memo: readonly (LeafTrace | undefined)[]): Decisive {
  if (pred.kind === 'leaf') {
    const trace = memo[pred.slot];
    return { result: trace?.result, slots: trace === undefined ? 0 : 1 << pred.slot };
  }
  if (pred.kind === 'not') {
    const { result, slots } = outcome(pred.of, memo);
    return { result: result === undefined ? undefined : !result, slots };
  }
  const ends = pred.kind === 'any';
  let all = 0;
  for (const one of pred.of) {
    const { result, slots } = outcome(one, memo);
    if (result === ends) return { result: ends, slots };
    all |= slots;
  }
  return { result: !ends, slots: all };
}
