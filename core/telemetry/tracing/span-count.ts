import type { Trace } from '../../../sdk/trace.ts';

/** Steps and attempts of one request that are shown; a program in a loop must not make a trace of thousands. */
export const maxStepSpans = 64;
export const maxAttemptSpans = 64;

/** How many spans a record makes. */
export function spanCount({ steps, attempts, asides }: Trace): number {
  return (
    1 + Math.min(steps.length, maxStepSpans) + Math.min(attempts.length + asides.length, maxAttemptSpans)
  );
}
