import type { Chunk } from '../../sdk/chunk.ts';
import type { ChunkObserver, ChunkTransform } from '../../sdk/decision.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import { isPromise, runHook } from '../pipeline/hook.ts';
import type { Step } from '../program/step.ts';

/** Chunks that wait for a transform of a step in shadow mode; beyond them it does not see the rest of the answer. */
const maxWaiting = 10_000;

/**
 * A transform in shadow mode: it sees the answer, and what it emits goes nowhere. The answer does not wait for it; what it
 * decides at the end is recorded.
 */
export function onTheSide(
  x: Exchange,
  step: Step,
  index: number,
  transform: ChunkTransform | undefined,
): ChunkObserver | undefined {
  if (transform === undefined) return undefined;
  const nowhere = () => undefined;
  let waiting = 0;
  let last: Promise<unknown> | null = null;
  const inTurn = (run: () => MaybePromise<unknown>): void => {
    if (last === null) {
      const result = run();
      if (!isPromise(result)) return;
      last = result;
    } else if (waiting >= maxWaiting) return;
    else {
      waiting += 1;
      last = last.then(() => {
        waiting -= 1;
        return run();
      });
    }
    // A failure is on the record of the step's end at most: nobody waits for it.
    last.catch(() => undefined);
  };
  const record = (decision: Awaited<ReturnType<NonNullable<ChunkTransform['end']>>>) => {
    if (typeof decision === 'object') runHook(x, step, index, 'afterResponse', undefined, () => decision);
  };
  return {
    chunk: (chunk: Chunk) => inTurn(() => transform.push(chunk, nowhere)),
    end: () =>
      inTurn(() => {
        const decided = transform.end?.(nowhere);
        return isPromise(decided) ? decided.then(record) : record(decided);
      }),
  };
}
