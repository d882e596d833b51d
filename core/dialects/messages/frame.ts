import type { Chunk, FinishChunk } from '../../../sdk/chunk.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { Usage } from '../../../sdk/usage.ts';
import type { DecodedEvent } from '../../../sdk/wire.ts';
import { jsonTextOf } from '../../body/json-text.ts';
import type { AnswerMeta } from '../dialect.ts';
import type { MessagesDecoder, MessagesEvent } from './decoder.ts';
import type { BlockEncoder } from './encoder.ts';
import { messagesEvent } from './sse.ts';
import { type Tail, tailEdits, tailFields } from './tail.ts';
import { toMessagesUsage } from './usage.ts';

/** What stands around the blocks of an answer: its start and its end, the provider's own where there are any. */
export class MessageFrame {
  readonly #meta: AnswerMeta;
  readonly #decoder: MessagesDecoder;
  readonly #written = new WeakSet<Chunk>();
  #start: MessagesEvent | null = null;
  #delta: MessagesEvent | null = null;
  #stop: { readonly event: DecodedEvent; readonly name: string } | null = null;
  #finish: FinishChunk | null = null;
  /** The words of a refusal that pass; null where a step dropped them. */
  #refusal: string | null = null;
  #details: JsonObject | null = null;
  /** The client has the `message_delta`. */
  #ended = false;

  constructor(meta: AnswerMeta, decoder: MessagesDecoder) {
    this.#meta = meta;
    this.#decoder = decoder;
  }

  /** The answer's id: the provider's, or ours in Anthropic's form. */
  get id(): string {
    const { id } = this.#meta;
    return this.#decoder.id ?? (id.startsWith('msg_') ? id : `msg_${id}`);
  }

  /** Keeps the events that frame the provider's own stream. */
  learn(decoded: DecodedEvent, event: string): void {
    if (decoded.kind === 'done') {
      this.#stop = { event: decoded, name: event === '' ? 'message_stop' : event };
    } else if (decoded.kind === 'chunks') {
      const own = decoded as MessagesEvent;
      if (own.step === 'message_start') this.#start ??= own;
      if (own.step !== 'message_delta') return;
      if (this.#delta === null || own.chunks.some((chunk) => chunk.type === 'finish')) this.#delta = own;
    }
  }

  /**
   * @throws GatewayError where the provider gave its answer up (a malformed call, say): this dialect has no stop reason
   * that a client would not take for a clean end.
   */
  checkEnd(finish: FinishChunk | null): void {
    if (finish?.reason !== 'error') return;
    throw new GatewayError('upstream_error', 'The model broke off its answer. Send the request again.');
  }

  /** Keeps an end or usage that the client is to get. */
  note(chunk: Chunk): void {
    this.#written.add(chunk);
    if (chunk.type === 'finish' && chunk.choice === 0) this.#finish = chunk;
  }

  /** True for an end or usage that was written before: one that comes again means that the answer is told anew. */
  hasWritten(chunk: Chunk): boolean {
    return this.#written.has(chunk);
  }

  /** The provider's own end of the answer has passed. */
  get finished(): boolean {
    return this.#finish !== null;
  }

  /** Takes the words of a refusal, where they were read from the answer's end: they go back there. */
  takesRefusal(chunk: Chunk): boolean {
    if (chunk.type !== 'refusal') return false;
    const details = this.#decoder.detailsOf(chunk);
    if (details === undefined) return false;
    this.#refusal = chunk.text;
    this.#details = details;
    return true;
  }

  /** The start of the message: the provider's own, or one of ours and a ping, as Anthropic sends them. */
  start(usage: Usage | null): string {
    if (this.#start !== null) return this.#start.raw ?? messagesEvent(this.#start.event, this.#start.data);
    const message = {
      ...this.#message([]),
      stop_reason: null,
      stop_sequence: null,
      usage: { ...toMessagesUsage(usage), output_tokens: 0 },
    };
    const start = JSON.stringify({ type: 'message_start', message });
    return messagesEvent('message_start', start) + messagesEvent('ping', '{"type": "ping"}');
  }

  /** True where the provider's own end may go out as it came: it does not speak of calls that are gone. */
  keepsEnd(event: MessagesEvent, callCount: number): boolean {
    const finish = event.chunks.find((chunk) => chunk.type === 'finish');
    if (finish === undefined) return this.#ended;
    return finish.reason === 'stop' || finish.reason === 'tool_calls'
      ? (finish.reason === 'tool_calls') === callCount > 0
      : true;
  }

  /** The client has the provider's own `message_delta`. */
  ended(): void {
    this.#ended = true;
  }

  /** SSE text of the answer's end. */
  end(encoder: BlockEncoder): string {
    this.checkEnd(this.#finish);
    const delta = this.#ended ? '' : this.#endDelta(this.#tail(encoder));
    this.#ended = true;
    if (this.#stop === null) return delta + messagesEvent('message_stop', '{"type":"message_stop"}');
    const { event, name } = this.#stop;
    return delta + (event.raw ?? messagesEvent(name, event.data));
  }

  /** A whole answer. */
  whole(content: readonly JsonObject[], encoder: BlockEncoder): string {
    const { finish, usage, refused } = encoder;
    this.checkEnd(finish);
    const tail = { finish, usage, refused, hasCalls: encoder.callCount > 0 };
    return JSON.stringify({
      ...this.#message(content),
      ...tailFields(tail),
      usage: toMessagesUsage(usage),
    });
  }

  /** The answer is told anew. */
  restart(): void {
    this.#ended = false;
    this.#finish = null;
    this.#refusal = null;
  }

  #tail(encoder: BlockEncoder): Tail {
    const { usage, refused } = encoder;
    const hasCalls = encoder.callCount > 0;
    return { finish: this.#finish, usage, refused, hasCalls, refusal: this.#refusal };
  }

  #endDelta(tail: Tail): string {
    const event = this.#delta;
    if (event?.json) {
      const was = event.chunks.find((chunk) => chunk.type === 'finish');
      const word = was === undefined ? undefined : this.#decoder.wordOf(was);
      const edits = tailEdits(event.json, '/delta', event.chunks, word, tail);
      if (edits.length === 0) return event.raw ?? messagesEvent(event.event, event.data);
      return messagesEvent(event.event, jsonTextOf(event.data, event.json).edit(edits));
    }
    const details = this.#refusal === null ? undefined : { stop_details: this.#details };
    const delta = { ...tailFields(tail), ...details };
    const usage = toMessagesUsage(tail.usage);
    return messagesEvent('message_delta', JSON.stringify({ type: 'message_delta', delta, usage }));
  }

  #message(content: readonly JsonObject[]): JsonObject {
    const model = this.#decoder.model ?? this.#meta.model;
    return { id: this.id, type: 'message', role: 'assistant', model, content };
  }
}
