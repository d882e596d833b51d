import type { AttemptChanges, RequestChanges } from '../../sdk/change.ts';
import type { Chunk } from '../../sdk/chunk.ts';
import type { Conversation } from '../../sdk/conversation.ts';
import type { GatewayError } from '../../sdk/errors.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { WireDialect } from '../../sdk/provider.ts';
import type { ModelTraits } from '../../sdk/traits.ts';
import type { Api, RequestView } from '../../sdk/view.ts';
import type { AnswerDecoder, DecodedEvent, Wire } from '../../sdk/wire.ts';
import type { JsonEdit, JsonText } from '../body/json-text.ts';

/** What a synthesised answer says about itself. */
export interface AnswerMeta {
  readonly id: string;
  readonly createdAtMs: number;
  readonly model: string;
  /** Vendor of the model that answers: the issuer of seals that do not say whose they are; '' for none. */
  readonly vendor: string;
}

/** Writes one answer for a client. Stateful: one for each answer of each attempt. */
export interface AnswerEncoder {
  /**
   * SSE text for chunks that belong to no event: translated ones, held-back text at the end, a canned answer. Ends and
   * usage that waited leave with the other fields of the events they came in. Incremental: it may be called for every
   * event of a stream.
   */
  encodeChunks(chunks: readonly Chunk[]): string;
  /** SSE text of a clean end, such as `data: [DONE]`, with whatever had to wait for it. */
  encodeEnd(): string;
  /** SSE text that keeps the connection alive and says nothing. */
  encodePing(): string;
  /** SSE text for an error after the stream has begun. */
  encodeError(error: GatewayError): string;
  /** Items of the finished answer that clients may refer to by id, as JSON; none where the dialect has no such thing. */
  readonly storedItems?: readonly (readonly [id: string, text: string])[];
  /** A whole JSON body for chunks that no provider sent in this dialect. */
  synthesizeWhole(chunks: readonly Chunk[]): string;
}

/** Reads and writes one answer of a provider that speaks the client's dialect. */
export interface AnswerCodec extends AnswerEncoder, Omit<AnswerDecoder, 'decodeWhole'> {
  /**
   * SSE text for an event whose chunks passed the chain. When `chunks` is the event's own list unchanged the
   * payload goes out as it came; otherwise only the changed texts are replaced in it. May be ''.
   */
  encodeEvent(event: DecodedEvent, chunks: readonly Chunk[]): string;
  /** Text between events, such as a comment, in its place; as it is where the codec does not say. */
  encodeIdle?(raw: string): string;
  /** Decodes a whole JSON answer. */
  decodeWhole(body: JsonText): DecodedEvent;
  /** The body with the changed chunks written into it; the very same text when nothing changed. */
  encodeWhole(body: JsonText, decoded: DecodedEvent, chunks: readonly Chunk[]): string;
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
  /**
   * Edits without which a server of this dialect would miss what the body asks for: an output limit in a field that it
   * does not know is no limit.
   */
  fittingEdits?(body: JsonObject, traits: ModelTraits): readonly JsonEdit[];
  codec(meta: AnswerMeta): AnswerCodec;
  /** The id of an answer that no provider named, from the request's id. */
  answerId(requestId: string): string;
  /**
   * Reads a request for translation; absent for dialects without conversations.
   *
   * @param home vendor of seals that do not say whose they are; null for the dialect's own.
   * @throws GatewayError 400 with `param` for what no provider could be asked.
   */
  conversation?(body: JsonObject, home: string | null): Conversation;
  /** This format as that of a provider; absent where no other dialect can be translated into it. */
  readonly wire?: Wire;
  /**
   * What must not go to a target although it speaks this dialect: blocks that another vendor signed or encrypted.
   * Absent where there is nothing of the kind.
   */
  foreign?(body: JsonObject, vendor: string, home: string | null): ForeignBlocks;
  /** The answer that the gateway gives itself where a provider has none: an estimate. Only where one is possible. */
  estimate?(view: RequestView): string;
  /** Where clients of this dialect look for the request's id, besides `x-request-id`. */
  readonly requestIdHeader?: string;
  /**
   * Puts what the gateway issued before in the place of references to it.
   *
   * @param find gives the JSON of an item by its id; undefined where it is not known here.
   */
  resolve?(body: JsonText, find: (id: string) => string | undefined): JsonText;
  /** Headers of the client that have a meaning in this dialect; none by default. */
  readonly clientHeaders?: readonly string[];
  /** The error body, whole. */
  errorBody(error: GatewayError, requestId: string): string;
}

/** Edits that take blocks out that belong to another vendor, and what those were. */
export interface ForeignBlocks {
  readonly edits: readonly JsonEdit[];
  readonly dropped: readonly string[];
}
