import type { Answer } from '../../sdk/chunk.ts';
import type { UpstreamCall } from '../../sdk/transport.ts';
import type { DecodedEvent } from '../../sdk/wire.ts';
import { noteAnswer } from '../pipeline/answer.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import { isPromise } from '../pipeline/hook.ts';
import { AnswerPath } from './path.ts';
import type { Reply } from './reply.ts';
import type { RelayOptions } from './whole-relay.ts';

export interface StreamRelayOptions extends RelayOptions {
  /** Called when the first real event is here: the answer is this target's now. */
  onAnswer(): void;
  /** The call that the events come from; null where it has ended already. */
  call(): UpstreamCall | null;
  /** Called when a step that took its time failed. */
  onBroken(error: unknown): void;
}

/** Carries the events of one provider's stream to the client, through the `afterResponse` hooks. */
export class StreamRelay {
  readonly #x: Exchange;
  readonly #reply: Reply;
  readonly #options: StreamRelayOptions;
  #path: AnswerPath | null = null;
  /** Events, and text that is none, that came before the first real event. */
  #early: (DecodedEvent | string)[] = [];
  #out = '';
  /** A step takes its time with an event; those that follow wait in `#waiting`. */
  #busy: Promise<void> | null = null;
  #waiting: (DecodedEvent | string)[] = [];

  constructor(x: Exchange, reply: Reply, options: StreamRelayOptions) {
    this.#x = x;
    this.#reply = reply;
    this.#options = options;
  }

  /** What was seen of the answer; null before the first real event. */
  get answer(): Answer | null {
    return this.#path?.answer(this.#options.status) ?? null;
  }

  /** Takes an event in. It leaves with the next `flush`. */
  event(event: DecodedEvent): void {
    if (this.#busy !== null) return void this.#waiting.push(event);
    if (this.#path === null) {
      // A role, a count or a filter report alone is no answer yet: an error that follows may still go elsewhere.
      if (!event.chunks.some((chunk) => chunk.type !== 'usage')) return void this.#early.push(event);
      this.#begin();
    }
    this.#pass(event);
  }

  #pass(event: DecodedEvent): void {
    const text = this.#path!.event(event);
    if (typeof text === 'string') this.#out += text;
    else this.#wait(text);
  }

  #wait(late: Promise<string>): void {
    this.#busy = late.then((text) => {
      this.#busy = null;
      this.#out += text;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const one of waiting) {
        if (typeof one === 'string') this.idle(one);
        else this.event(one);
      }
    });
  }

  /** Takes in text that is no event, such as a comment that keeps the connection alive. */
  idle(raw: string): void {
    const { native, codec } = this.#options;
    if (this.#busy !== null) this.#waiting.push(raw);
    else if (this.#path === null) {
      if (native) this.#early.push(raw);
    } else if (!this.#path.buffered)
      this.#out += native ? (codec.encodeIdle?.(raw) ?? raw) : codec.encodePing();
  }

  /** Sends what is ready. The provider waits while the client reads slowly or a step takes its time. */
  flow(): void {
    const { call, onBroken } = this.#options;
    const isRead = this.flush();
    if (this.#busy !== null) {
      call()?.pause();
      this.#busy.then(() => this.#goOn()).catch(onBroken);
    } else if (!isRead) {
      call()?.pause();
      this.#x.options.sink.onDrain(() => call()?.resume());
    }
  }

  /** A step is done with an event. */
  #goOn(): void {
    if (this.#x.over || this.#x.aborted !== null) return;
    if (this.#busy !== null) return this.flow();
    const { call } = this.#options;
    if (this.flush()) call()?.resume();
    else this.#x.options.sink.onDrain(() => call()?.resume());
  }

  /** Sends what is ready. False asks the caller to wait for the client. */
  flush(): boolean {
    if (this.#out === '') return true;
    const text = this.#out;
    this.#out = '';
    return this.#reply.write(text);
  }

  /**
   * The provider's stream is complete: sends the rest and the end.
   * @throws GatewayError where a step denies or cannot examine the answer.
   */
  async end(): Promise<void> {
    const { codec, status, headers, onDone } = this.#options;
    if (this.#path === null) this.#begin();
    while (this.#busy !== null) await this.#busy;
    if (this.#x.aborted !== null || this.#x.over) return;
    const path = this.#path!;
    const passed = path.endStream();
    const tail = isPromise(passed) ? await passed : passed;
    // The exchange may have been broken off while a step was deciding.
    if (this.#x.aborted !== null || this.#x.over) return;
    noteAnswer(this.#x, path.answer(status));
    if (path.buffered) this.#reply.beginStream(status, codec, headers);
    // A codec may find that the answer has no end in the client's dialect.
    const end = codec.encodeEnd();
    onDone();
    await this.#reply.endStream(this.#out + tail + end);
  }

  #begin(): void {
    const { codec, attempt, status, headers, hideUsage, onAnswer } = this.#options;
    onAnswer();
    this.#path = new AnswerPath(this.#x, codec, attempt, status, hideUsage);
    if (!this.#path.buffered) this.#reply.beginStream(status, codec, headers);
    for (const early of this.#early) {
      if (typeof early !== 'string') this.event(early);
      else if (this.#busy !== null) this.#waiting.push(early);
      else if (!this.#path.buffered) this.#out += codec.encodeIdle?.(early) ?? early;
    }
    this.#early = [];
  }
}
