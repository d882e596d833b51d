import type { FailureKind } from '../../sdk/target.ts';

/** Failures that are the request's own: they say nothing of whoever was asked. */
const own: ReadonlySet<FailureKind> = new Set<FailureKind>([
  'invalid_request',
  'content_filter',
  'context_length',
  'unsupported',
  'not_found',
]);

/** A provider's word on how long to wait is taken up to here: a wrong one must not take a target away for a day. */
const maxRestMs = 300_000;

/** Whether a failure speaks against the target or key that was asked. */
export function blames(kind: FailureKind): boolean {
  return !own.has(kind);
}

/** Milliseconds that a target asked to be left alone; 0 where it did not. */
export function restOf(kind: FailureKind, restMs: number | null): number {
  return restMs !== null && restMs > 0 && blames(kind) ? Math.min(restMs, maxRestMs) : 0;
}

/** Whether a failure means "not so fast" and nothing worse: what rests does not also break. */
export function isPacing(kind: FailureKind): boolean {
  return kind === 'rate_limit' || kind === 'overloaded';
}
