import type { Chunk, UsageChunk } from './chunk.ts';
import type { Conversation } from './conversation.ts';
import type { Json, JsonObject } from './json.ts';
import type { Target } from './target.ts';
import type { ModelTraits } from './traits.ts';

/** What one event of a stream, or one whole answer, means. */
export interface DecodedEvent {
  /** `done` is the dialect's end marker; `ignore` carries nothing; `ping` says that the provider is still there. */
  readonly kind: 'chunks' | 'error' | 'done' | 'ignore' | 'ping';
  /**
   * May be empty: an event that only names a role, or fields that nobody interprets, is passed on and says nothing
   * yet. An `error` may come with chunks, such as the usage so far.
   */
  readonly chunks: readonly Chunk[];
  /** The parsed payload; null for `done` and for payloads that are not JSON. */
  readonly json: JsonObject | null;
  /** The payload as it came. For an `error` it is what `Provider.failure` gets to see as the body. */
  readonly data: string;
  /** The event as it stood on the wire, where it is more than one `event:` and one `data:` line. */
  readonly raw?: string;
}

/** Reads one answer. Stateful: one for each answer of each attempt. Must not throw, whatever comes. */
export interface AnswerDecoder {
  /** Decodes the payload of one event of the stream. What is not understood is `error` or opaque. */
  decodeEvent(data: string, event: string): DecodedEvent;
  /** Decodes a whole JSON answer. */
  decodeWhole(body: JsonObject): DecodedEvent;
  /** True when the stream has said all that a complete answer says. */
  readonly complete: boolean;
  /** The model named by the answer so far. */
  readonly model: string | null;
  /** Usage that came and is kept for a later event: what is known of an answer that breaks off before it. */
  readonly early?: UsageChunk | null;
}

/** Finds the events in a stream's bytes, cut anywhere. Calls back for each, in order, during `push`. */
export interface Framer {
  /** @throws FramingError for bytes that are no stream of this format (a wrong checksum, an event that is too large). */
  push(bytes: Buffer): void;
  /** The bytes are over. False when they ended inside an event. May still call back. */
  end(): boolean;
}

/**
 * `event` is the event's name, '' where it has none. `raw` is its text on the wire where the format has more to say than
 * name and payload (comments, ids, several data lines).
 */
export type OnEvent = (data: string, event: string, raw?: string) => void;

/** What a `Framer` throws for bytes that are no stream of its format. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/** A stream format. */
export interface Framing {
  /** Media types, without parameters, that streams of this format come as. */
  readonly mediaTypes: readonly string[];
  /** @param onIdle hears of text that is no event (comments), where the format has such. */
  framer(onEvent: OnEvent, onIdle?: (raw: string) => void): Framer;
}

/** Whom a request is translated for. */
export interface WireContext {
  readonly target: Target;
  readonly stream: boolean;
  readonly traits: ModelTraits;
  /** Unique per request: seeds ids that the provider does not give. */
  readonly requestId: string;
}

/** A request in a provider's format. */
export interface Encoded {
  /** The JSON body; the model's name is in it where the provider wants it there. */
  readonly body: string;
  /** What could not be carried and changes no meaning: names as the client knows them (`seed`, `image detail`). */
  readonly dropped: readonly string[];
  /** Tool names that had to be changed: the name on the wire to the client's. */
  readonly toolNames?: Readonly<Record<string, string>>;
  /** Name of the forced tool that stands in for JSON by schema: its arguments are the answer's text. */
  readonly answerTool?: string;
}

/**
 * A provider's own format for conversations. The core translates between it and whatever dialect the client speaks.
 */
export interface Wire {
  readonly kind: 'wire';
  readonly name: string;
  /**
   * Writes a request.
   *
   * @throws GatewayError 400 `unsupported_parameter` where leaving something out would change what the request means.
   */
  encode(conversation: Conversation, context: WireContext): Encoded;
  decoder(context: WireContext): AnswerDecoder;
  /** Server-sent events by default. */
  readonly framing?: Framing;
}

/** A body of an API whose answers are never streamed, in the words of the client's dialect. */
export interface AdapterCall {
  /** The client's body, changes and target model written in. */
  readonly body: JsonObject;
  /** The conversation in it, where the API has one (`count_tokens`). @throws GatewayError 400 */
  conversation(): Conversation;
  readonly context: WireContext;
}

/**
 * Translates an API whose answers come whole (`embeddings`, `count_tokens`) by rewriting bodies: the client's into the
 * provider's, and the provider's answer into the client's dialect.
 */
export interface Adapter {
  readonly kind: 'adapter';
  readonly name: string;
  /** @throws GatewayError 400 for what the provider cannot do. */
  encode(call: AdapterCall): { readonly body: string; readonly dropped: readonly string[] };
  /** The answer in the client's dialect. Null where it is no answer of this API. Must not throw. */
  answer(body: JsonObject, call: AdapterCall): Json | null;
}
