import type { AttemptChanges, RequestChanges } from '../../sdk/change.ts';
import type { Chunk } from '../../sdk/chunk.ts';
import type { GatewayError } from '../../sdk/errors.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { WireDialect } from '../../sdk/provider.ts';
import type { Api, RequestView } from '../../sdk/view.ts';
import type { JsonEdit, JsonText } from '../body/json-text.ts';

/** What one event of a stream, or one whole answer, means. */
export interface DecodedEvent {
  /** `done` is the dialect's end marker; `ignore` carries nothing (a ping, an empty event). */
  readonly kind: 'chunks' | 'error' | 'done' | 'ignore';
  /**
   * May be empty: an event that only names a role, or fields that nobody interprets, is passed on and says nothing
   * yet. An `error` may come with chunks, such as the usage so far.
   */
  readonly chunks: readonly Chunk[];
  /** The parsed payload; null for `done` and for payloads that are not JSON. */
  readonly json: JsonObject | null;
  /** The payload as it came. */
  readonly data: string;
}

/** What a synthesised answer says about itself. */
export interface AnswerMeta {
  readonly id: string;
  readonly createdAtMs: number;
  readonly model: string;
}

/** Reads and writes one answer. Stateful: one for each answer of each attempt. */
export interface AnswerCodec {
  /** Decodes the payload of one server-sent event. Never throws: what is not understood is `error` or opaque. */
  decodeEvent(data: string, event: string): DecodedEvent;
  /**
   * SSE text for an event whose chunks passed the chain. When `chunks` is the event's own list unchanged the
   * payload goes out as it came; otherwise only the changed texts are replaced in it. May be ''.
   */
  encodeEvent(event: DecodedEvent, chunks: readonly Chunk[]): string;
  /**
   * SSE text for chunks that belong to no event: held-back text at the end, a canned answer. Ends and usage that
   * waited leave with the other fields of the events they came in.
   */
  encodeChunks(chunks: readonly Chunk[]): string;
  /** SSE text of a clean end, such as `data: [DONE]`. */
  encodeEnd(): string;
  /** SSE text for an error after the stream has begun. */
  encodeError(error: GatewayError): string;
  /** True when the stream has said all that a complete answer says (each choice finished). */
  readonly complete: boolean;
  /** The model named by the answer so far. */
  readonly model: string | null;

  /** Decodes a whole JSON answer. */
  decodeWhole(body: JsonText): DecodedEvent;
  /** The body with the changed chunks written into it; the very same text when nothing changed. */
  encodeWhole(body: JsonText, decoded: DecodedEvent, chunks: readonly Chunk[]): string;
  /** A whole JSON body for chunks that no provider sent. */
  synthesizeWhole(chunks: readonly Chunk[]): string;
}

/** One wire format: how to look at a request, change it, and read and write answers and errors. */
export interface Dialect {
  readonly name: WireDialect;
  readonly api: Api;
  /** Checks the shape that the gateway relies on; throws `GatewayError` 400 with the `param` that is wrong. */
  validate(body: JsonObject): void;
  view(body: JsonText): RequestView;
  /** Edits that carry out changes on the body's text. */
  edits(body: JsonText, view: RequestView, changes: RequestChanges | AttemptChanges): readonly JsonEdit[];
  /** Edits that make a stream report its usage; empty where it does already or the body does not stream. */
  usageEdits(body: JsonText): readonly JsonEdit[];
  /** True when the client asked for usage on the stream. */
  wantsUsage(body: JsonText): boolean;
  codec(meta: AnswerMeta): AnswerCodec;
  /** The error body, whole. */
  errorBody(error: GatewayError, requestId: string): string;
}
