import type { AttemptChanges, RequestChanges } from './change.ts';
import type { Answer, Chunk } from './chunk.ts';
import type { Json } from './json.ts';
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
}

/** What `onRequest` may return; nothing at all means `continue`. */
export type RequestDecision = ContinueRequest | Deny | Respond;
/** What `route` may return. */
export type RouteDecision = ContinueRoute | Deny;
/** What `beforeUpstream` may return. */
export type AttemptDecision = ContinueAttempt | SkipTarget | Deny | Respond;
/** What `afterResponse` may return in mode `whole`. */
export type AnswerDecision = ContinueAnswer | Deny;

/** Every decision, for code that treats them alike. */
export type Decision = RequestDecision | RouteDecision | AttemptDecision | AnswerDecision;

/**
 * A transform of the answer while it passes, mode `chunk`. Synchronous: `push` is called once per chunk in
 * order, `end` once after the last one unless the answer broke off. Emit as many chunks as fit.
 */
export interface ChunkTransform {
  push(chunk: Chunk, emit: (chunk: Chunk) => void): void;
  end?(emit: (chunk: Chunk) => void): void;
}

/** Looks at the answer while it passes, mode `observe`, and changes nothing. */
export interface ChunkObserver {
  chunk?(chunk: Chunk): void;
  end?(answer: Answer): void;
}
