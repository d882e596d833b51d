import type { Answer, Chunk } from '../../sdk/chunk.ts';
import type { ChunkObserver, ChunkTransform } from '../../sdk/decision.ts';
import { GatewayError } from '../../sdk/errors.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import type { Step } from '../program/step.ts';
import type { ChainPart } from './chain.ts';

/** Records that a step takes part in the answer, or that it failed to. */
function note(x: Exchange, step: Step, startedMs: number, error: string | null): void {
  const holds = step.streamMode === 'chunk' ? `, holds back at most ${step.holdBackChars} characters` : '';
  x.recorder.step({
    hook: 'afterResponse',
    file: step.file,
    name: step.name,
    decision: error === null ? 'continue' : 'error',
    ...(step.mode === 'shadow' ? { shadow: true } : undefined),
    ...(error === null ? { reason: `${step.streamMode}${holds}` } : { error }),
    durationUs: Math.round((x.services.clock.monotonic() - startedMs) * 1000),
  });
}

function failed(x: Exchange, step: Step, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  x.services.log.warn(
    {
      request_id: x.options.requestId,
      file: step.file,
      step: step.name,
      hook: 'afterResponse',
      error: message,
    },
    'a step of the program failed on an answer',
  );
  x.tags = { ...x.tags, [`policy_error.${step.name}`]: 'afterResponse' };
}

function closed(x: Exchange, step: Step, error: unknown): GatewayError {
  x.recorder.deniedBy = step.name;
  return new GatewayError(
    'policy_error',
    `${step.name} (${step.file}) could not examine the answer and fails closed.`,
    { cause: error },
  );
}

/** An observer whose failures never touch the answer. */
export function guardedObserver(
  x: Exchange,
  step: Step,
  make: () => ChunkObserver | undefined,
): ChainPart | undefined {
  const startedMs = x.services.clock.monotonic();
  let broken = false;
  const attempt = (run: () => void) => {
    if (broken) return;
    try {
      run();
    } catch (error) {
      broken = true;
      failed(x, step, error);
    }
  };
  try {
    const observer = make();
    note(x, step, startedMs, null);
    if (observer === undefined) return undefined;
    return {
      kind: 'observer',
      observer: {
        chunk: (chunk: Chunk) => attempt(() => observer.chunk?.(chunk)),
        end: (answer: Answer) => attempt(() => observer.end?.(answer)),
      },
    };
  } catch (error) {
    note(x, step, startedMs, String(error));
    failed(x, step, error);
    return undefined;
  }
}

/**
 * A transform under the step's `on_failure`: open passes the rest of the answer untouched, closed ends it.
 * @throws GatewayError 503 `policy_error` from here or from a later push.
 */
export function guardedTransform(
  x: Exchange,
  step: Step,
  make: () => ChunkTransform | undefined,
): ChainPart | undefined {
  const startedMs = x.services.clock.monotonic();
  let transform: ChunkTransform | undefined;
  try {
    transform = make();
    note(x, step, startedMs, null);
  } catch (error) {
    note(x, step, startedMs, String(error));
    failed(x, step, error);
    if (step.onFailure === 'closed') throw closed(x, step, error);
    return undefined;
  }
  if (transform === undefined) return undefined;
  const inner = transform;
  let broken = false;
  const attempt = (run: () => void, otherwise: () => void) => {
    if (broken) return otherwise();
    try {
      run();
    } catch (error) {
      failed(x, step, error);
      if (step.onFailure === 'closed') throw closed(x, step, error);
      broken = true;
      otherwise();
    }
  };
  return {
    kind: 'transform',
    transform: {
      push: (chunk, emit) =>
        attempt(
          () => inner.push(chunk, emit),
          () => emit(chunk),
        ),
      end: (emit) =>
        attempt(
          () => inner.end?.(emit),
          () => undefined,
        ),
    },
  };
}
