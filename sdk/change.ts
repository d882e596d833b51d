import type { Identity } from './identity.ts';
import type { Json, JsonPointer } from './json.ts';

/** A message that a step adds to a conversation. */
export interface AddedMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/**
 * A mark for a provider's prompt cache: everything up to a place is worth keeping. The prompt begins with the tools, then
 * comes the system prompt, then the messages.
 */
export interface PrefixMark {
  /**
   * `tools`: after the last tool; `system`: after the system prompt; else a pointer of `view.texts` into a message: after
   * the block that holds this text. A place that is not there is no mark.
   */
  readonly after: 'tools' | 'system' | JsonPointer;
  /** How long it is kept after its last use. */
  readonly ttl: '5m' | '1h';
}

/**
 * What a hook wants changed in a request. The body keeps its client's own dialect and unknown fields; a change
 * names only what differs, and the core writes it into the body's text.
 */
export interface RequestChanges {
  /** Another model or alias than the client asked for. Only before routing. */
  readonly model?: string;
  /**
   * Top-level parameters to set; `undefined` removes one. The `prompt` object of a conversation, which refers to a stored
   * prompt, is one; the `prompt` text of a completion is not.
   */
  readonly params?: Readonly<Record<string, Json | undefined>>;
  /** Texts to replace, by the pointers that `view.texts` and `view.others` gave. */
  readonly texts?: Readonly<Record<JsonPointer, string>>;
  /** Text to put before or after the system prompt; one is made where there is none. */
  readonly system?: { readonly prepend?: string; readonly append?: string };
  /**
   * Messages to put before the client's own and after the system prompt. Where the client sent none they are all there
   * is. Only for conversations: `chat`, `messages`, `count_tokens`, `responses`.
   */
  readonly messages?: { readonly prepend: readonly AddedMessage[] };
  /** Output limit in tokens, written to whatever field the dialect has for it. Lowers a limit, never raises it. */
  readonly maxOutputTokens?: number;
  /** Headers sent to the provider; null removes one. Credentials cannot be set this way. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Who makes the request. Only in `onRequest`. */
  readonly identity?: Partial<Identity>;
}

/** What a `beforeUpstream` hook may change for one attempt. */
export interface AttemptChanges extends Omit<RequestChanges, 'model' | 'identity' | 'messages'> {
  /** Time for this attempt, in milliseconds. Lowers the limit, never raises it. */
  readonly timeoutMs?: number;
  /**
   * Marks for the provider's prompt cache, in the order of the prompt. Only for targets that know such marks (Anthropic,
   * Claude and Nova at Bedrock); a target that does not may refuse the request. Anthropic takes four, and none of an hour
   * after one of five minutes. Not beside `texts` of the same place.
   */
  readonly cacheMarks?: readonly PrefixMark[];
}
