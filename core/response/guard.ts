import type { Answer, Chunk } from '../../sdk/chunk.ts';
import type { ChunkObserver, ChunkTransform, PassedDecision } from '../../sdk/decision.ts';
import { GatewayError } from '../../sdk/errors.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import { isPromise, runHook, withTimeout } from '../pipeline/hook.ts';
import type { Step } from '../program/step.ts';
import type { ChainPart } from './chain.ts';
import { denied } from './denied.ts';

/** Records that a step takes part in the answer, or that it failed to. */
function note(x: Exchange, step: Step, startedMs: number, error: string | null, made?: ChunkTransform): void {
  const chars = made?.holdBackChars ?? step.holdBackChars;
  const passing = made !== undefined || step.streamMode === 'chunk';
  const mode = passing ? `chunk, holds back at most ${chars} characters` : step.streamMode;
  x.recorder.step({
    hook: 'afterResponse',
    file: step.file,
    name: step.name,
    decision: error === null ? 'continue' : 'error',
    ...(step.mode === 'shadow' ? { shadow: true } : undefined),
    ...(error === null ? { reason: `${mode}` } : { error }),
    startedMs: x.sinceArrivalMs(startedMs),
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
 * A transform under the step's `on_failure`: open passes what it held back and the rest of the answer untouched, closed
 * ends it.
 * @throws GatewayError 503 `policy_error` from here, from a later push or from the end; what the end denies with.
 */
export function guardedTransform(
  x: Exchange,
  step: Step,
  index: number,
  make: () => ChunkTransform | undefined,
): ChainPart | undefined {
  const startedMs = x.services.clock.monotonic();
  let transform: ChunkTransform | undefined;
  try {
    transform = make();
    // What only sometimes transforms says so where it does.
    if (transform !== undefined || step.streamMode === 'chunk') note(x, step, startedMs, null, transform);
  } catch (error) {
    note(x, step, startedMs, String(error));
    failed(x, step, error);
    if (step.onFailure === 'closed') throw closed(x, step, error);
    return undefined;
  }
  return transform === undefined
    ? undefined
    : { kind: 'transform', transform: new GuardedTransform(x, step, index, transform) };
}

type Emit = (chunk: Chunk) => void;

class GuardedTransform implements ChunkTransform {
  readonly #x: Exchange;
  readonly #step: Step;
  readonly #index: number;
  readonly #inner: ChunkTransform;
  #broken = false;
  /** Only there where it can emit something: then the ends of choices wait for it. */
  readonly end?: (emit: Emit) => MaybePromise<void>;

  constructor(x: Exchange, step: Step, index: number, inner: ChunkTransform) {
    this.#x = x;
    this.#step = step;
    this.#index = index;
    this.#inner = inner;
    if (inner.end !== undefined) this.end = (emit) => this.#end(emit);
  }

  push(chunk: Chunk, emit: Emit): MaybePromise<void> {
    if (this.#broken) return emit(chunk);
    try {
      const late = this.#inner.push(chunk, emit);
      if (!isPromise(late)) return;
      return withTimeout(this.#x, this.#step, late).catch((error: unknown) => this.#fail(error, emit, chunk));
    } catch (error) {
      this.#fail(error, emit, chunk);
    }
  }

  #end(emit: Emit): MaybePromise<void> {
    if (this.#broken) return;
    let decided: ReturnType<NonNullable<ChunkTransform['end']>>;
    try {
      decided = this.#inner.end!(emit);
    } catch (error) {
      return this.#fail(error, emit, null);
    }
    if (!isPromise(decided)) return this.#accept(decided ?? undefined);
    return withTimeout(this.#x, this.#step, decided).then(
      (late) => this.#accept(late ?? undefined),
      (error: unknown) => this.#fail(error, emit, null),
    );
  }

  /** @throws GatewayError where it denies. */
  #accept(decision: PassedDecision | undefined): void {
    if (decision === undefined) return;
    runHook(this.#x, this.#step, this.#index, 'afterResponse', undefined, () => decision);
    if (decision.type === 'deny') throw denied(decision);
  }

  /** @param chunk the one that it failed on; null at the end. */
  #fail(error: unknown, emit: Emit, chunk: Chunk | null): void {
    failed(this.#x, this.#step, error);
    if (this.#step.onFailure === 'closed') throw closed(this.#x, this.#step, error);
    this.#broken = true;
    this.#inner.release?.(emit);
    if (chunk !== null && this.#inner.release === undefined) emit(chunk);
  }
}
