import type { Identity } from './identity.ts';
import type { Json, JsonPointer } from './json.ts';

/**
 * What a hook wants changed in a request. The body keeps its client's own dialect and unknown fields; a change
 * names only what differs, and the core writes it into the body's text.
 */
export interface RequestChanges {
  /** Another model or alias than the client asked for. Only before routing. */
  readonly model?: string;
  /** Top-level parameters to set; `undefined` removes one. */
  readonly params?: Readonly<Record<string, Json | undefined>>;
  /** Texts to replace, by the pointers that `view.texts` and `view.others` gave. */
  readonly texts?: Readonly<Record<JsonPointer, string>>;
  /** Text to put before or after the system prompt; one is made where there is none. */
  readonly system?: { readonly prepend?: string; readonly append?: string };
  /** Output limit in tokens, written to whatever field the dialect has for it. Lowers a limit, never raises it. */
  readonly maxOutputTokens?: number;
  /** Headers sent to the provider; null removes one. Credentials cannot be set this way. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Who makes the request. Only in `onRequest`. */
  readonly identity?: Partial<Identity>;
}

/** What a `beforeUpstream` hook may change for one attempt. */
export interface AttemptChanges extends Omit<RequestChanges, 'model' | 'identity'> {
  /** Time for this attempt, in milliseconds. Lowers the limit, never raises it. */
  readonly timeoutMs?: number;
}
