import type { AttemptChanges, RequestChanges } from './change.ts';
import type { Answer, Chunk, FinishReason } from './chunk.ts';
import type { Json } from './json.ts';
import type { MaybePromise } from './plugin.ts';
import type { Constraint, RouteWrites } from './route.ts';

interface DecisionBase {
  /** Why, in words, for the trace. */
  readonly reason?: string;
  /** Labels for later hooks, the trace and telemetry. Later writers win. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Headers for the client's response. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** More for the trace, JSON only. Never put prompt text or secrets here. */
  readonly details?: Json;
}

/** Refuse the request. It ends here; nothing is sent to a provider (any more). */
export interface Deny extends DecisionBase {
  readonly type: 'deny';
  /** HTTP status, 400 to 599; the code's own by default, else 403. */
  readonly status?: number;
  /** A code of the error table or one of the plugin's own. */
  readonly code: string;
  /** What was expected, what came, what to do. Reaches the client. */
  readonly message?: string;
  readonly retryAfterMs?: number;
}

/** Answer the request without asking a provider: a cache hit, a canned answer. */
export interface Respond extends DecisionBase {
  readonly type: 'respond';
  /** The answer; it is encoded in the client's dialect, whole or streamed as asked, and passes `afterResponse`. */
  readonly chunks: readonly Chunk[];
  /** The model named in the answer. */
  readonly model?: string;
  /** Where the answer came from, such as `exact` for a cache. */
  readonly source?: string;
}

/** Leave this target and try the next one of the plan. */
export interface SkipTarget extends DecisionBase {
  readonly type: 'skip';
}

/** Go on, perhaps with changes. */
export interface ContinueRequest extends DecisionBase {
  readonly type: 'continue';
  readonly changes?: RequestChanges;
  /** Targets allowed for this request, whatever `route` says later. */
  readonly only?: Constraint;
  /**
   * What to answer should no target of the plan answer: all of them down, too slow, passed over or refusing the gateway
   * (its rate, quota or credentials), or the request's time over while they are asked, before the client got anything. Not
   * where a provider refused the request itself, nor where a step did. The first step that offers something is taken.
   */
  readonly otherwise?: Respond;
}

export interface ContinueRoute extends DecisionBase, RouteWrites {
  readonly type: 'continue';
}

export interface ContinueAttempt extends DecisionBase {
  readonly type: 'continue';
  readonly changes?: AttemptChanges;
}

export interface ContinueAnswer extends DecisionBase {
  readonly type: 'continue';
  /** Texts to use in place of the answer's, by choice index. */
  readonly texts?: Readonly<Record<number, string>>;
  /** Arguments to use in place of those of tool calls: JSON text by the call's place, by choice index. */
  readonly toolArguments?: Readonly<Record<number, Readonly<Record<number, string>>>>;
  /** Reasons of the end to give in place of the answer's, by choice index. */
  readonly finish?: Readonly<Record<number, FinishReason>>;
}

/** The answer has passed: what is to be said about it. */
export interface ContinuePassed extends DecisionBase {
  readonly type: 'continue';
}

/** What `onRequest` may return; nothing at all means `continue`. */
export type RequestDecision = ContinueRequest | Deny | Respond;
/** What `route` may return. */
export type RouteDecision = ContinueRoute | Deny;
/** What `beforeUpstream` may return. */
export type AttemptDecision = ContinueAttempt | SkipTarget | Deny | Respond;
/** What `afterResponse` may return in mode `whole`. */
export type AnswerDecision = ContinueAnswer | Deny;

/** What the end of a transform may return. */
export type PassedDecision = ContinuePassed | Deny;

/** Every decision, for code that treats them alike. */
export type Decision = RequestDecision | RouteDecision | AttemptDecision | AnswerDecision;

/**
 * A transform of the answer while it passes, mode `chunk`: `push` is called once per chunk in order, `end` once after the
 * last one unless the answer broke off. Emit as many chunks as fit.
 *
 * Work that takes a while returns a promise and emits before it settles. Chunks that follow wait for it, and so does the
 * provider: nothing overtakes, nothing piles up. Each promise has the step's `timeout_ms`.
 */
export interface ChunkTransform {
  /** The most characters that this one holds back, where it is not the number that its plugin declares. */
  readonly holdBackChars?: number;
  push(chunk: Chunk, emit: (chunk: Chunk) => void): MaybePromise<void>;
  /** May refuse the answer: with its own status where the client has seen nothing of it, else as an error at its end. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement is meant
  end?(emit: (chunk: Chunk) => void): MaybePromise<PassedDecision | undefined | void>;
  /** The transform failed and `on_failure` is `open`: emits what it held back as it came. Chunks after that pass it by. */
  release?(emit: (chunk: Chunk) => void): void;
}

/** Looks at the answer while it passes, mode `observe`, and changes nothing. */
export interface ChunkObserver {
  chunk?(chunk: Chunk): void;
  end?(answer: Answer): void;
}
