/** One way for a call to go wrong. */
export type MockFault =
  | { readonly type: 'error'; readonly status: number; readonly code?: string }
  /** An error body where an answer was due, with status 200; the first event of a stream. */
  | { readonly type: 'error-200' }
  | { readonly type: 'error-in-stream' }
  /** The connection breaks after this many events, or in the middle of a whole answer. */
  | { readonly type: 'cut'; readonly afterEvents: number }
  /** Silence after this many events, or after the head of a whole answer. */
  | { readonly type: 'stall'; readonly afterEvents: number }
  | { readonly type: 'reset' }
  | { readonly type: 'malformed' }
  | { readonly type: 'empty' };

/** How one call is answered: what a model name or a scenario asks for. */
export interface MockScript {
  /** Before the head. */
  readonly slowMs: number;
  /** Between the head and the first event, or the body. */
  readonly ttftMs: number;
  /** Between events. */
  readonly chunkMs: number;
  readonly fault: MockFault | null;
  /** Sent with an error. */
  readonly retryAfterMs: number | null;
  /** The fault only hits this many calls, the ones after them are answered; null where it always does. */
  readonly failTimes: number | null;
  readonly usage: boolean;
  /** Length of the answer, in tokens; null where the request decides. */
  readonly tokens: number | null;
  /** The text of the answer; null where the request decides. */
  readonly say: string | null;
  /** Reasoning text before the answer. */
  readonly think: boolean;
  /** A refusal in place of the answer. */
  readonly refuse: boolean;
}

/** An answer at once, without anything special. */
export const plainScript: MockScript = {
  slowMs: 0,
  ttftMs: 0,
  chunkMs: 0,
  fault: null,
  retryAfterMs: null,
  failTimes: null,
  usage: true,
  tokens: null,
  say: null,
  think: false,
  refuse: false,
};
