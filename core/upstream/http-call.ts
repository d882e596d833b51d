import type { Dispatcher } from 'undici';
import type { Cancel, Clock } from '../../sdk/services.ts';
import type { TransportFailure, UpstreamCall, UpstreamHandler, UpstreamLimits } from '../../sdk/transport.ts';
import { type BodyDecoder, createBodyDecoder } from './body-decoder.ts';
import { httpFailure } from './http-failure.ts';

type Controller = Dispatcher.DispatchController;
type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Made once: an error made per abort would cost a stack trace. Never leaves this file. */
const givenUp = new Error('the call was given up');

/** One HTTP call: undici's callbacks in, the gateway's out. Says nothing more once it is over. */
export class HttpCall implements UpstreamCall, Dispatcher.DispatchHandler {
  readonly #handler: UpstreamHandler;
  readonly #origin: string;
  readonly #limits: UpstreamLimits;
  readonly #clock: Clock;
  #controller: Controller | null = null;
  #decoder: BodyDecoder | null = null;
  /** The one timer of the call: for its connection, then for its head, then for each piece of its body. */
  #cancelTimer: Cancel | null = null;
  /** When the last piece came, by the monotonic clock. */
  #heardMs = 0;
  #paused = false;
  #over = false;

  constructor(handler: UpstreamHandler, origin: string, limits: UpstreamLimits, clock: Clock) {
    this.#handler = handler;
    this.#origin = origin;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Gives the call up when it has no connection in time, be it slow to make or all of them busy. */
  expectStart(withinMs: number): void {
    if (this.#over || this.#controller !== null) return;
    this.#cancelTimer = this.#clock.after(withinMs, () => {
      this.#fail('connect', `no connection to ${this.#origin} within ${withinMs} ms`, {
        name: 'connect',
        ms: withinMs,
      });
    });
  }

  abort(): void {
    if (this.#over) return;
    this.#end();
    this.#controller?.abort(givenUp);
  }

  /** Takes effect with the next piece of the body, which is still delivered. */
  pause(): void {
    if (this.#over || this.#paused) return;
    this.#paused = true;
    if (this.#decoder === null) this.#controller?.pause();
    else this.#decoder.pause();
  }

  resume(): void {
    if (this.#over || !this.#paused) return;
    this.#paused = false;
    this.#heardMs = this.#clock.monotonic();
    // Both: the pause may be older than the decoder.
    this.#controller?.resume();
    this.#decoder?.resume();
  }

  onRequestStart(controller: Controller): void {
    // Given up while it waited for a connection. A throw takes the call out and leaves the connection to others;
    // aborting would close it.
    if (this.#over) throw givenUp;
    this.#controller = controller;
    this.#cancelTimer?.();
    const { headMs } = this.#limits;
    this.#cancelTimer = this.#clock.after(headMs, () => {
      this.#fail('timeout', `no answer from ${this.#origin} within ${headMs} ms`, {
        name: 'head',
        ms: headMs,
      });
    });
  }

  onResponseStart(_controller: Controller, status: number, raw: RawHeaders): void {
    // 1xx announce the answer, they are none.
    if (this.#over || status < 200) return;
    this.#cancelTimer?.();
    this.#heardMs = this.#clock.monotonic();
    this.#watchForStall(this.#limits.stallMs);
    const headers = flatHeaders(raw);
    const coding = headers['content-encoding'];
    if (coding === undefined || coding === 'identity') this.#handler.onHead(status, headers);
    else this.#decodeFrom(coding, status, headers);
  }

  onResponseData(controller: Controller, bytes: Buffer): void {
    if (this.#over) return;
    this.#heardMs = this.#clock.monotonic();
    if (this.#decoder === null) this.#handler.onData(bytes);
    else if (!this.#decoder.write(bytes)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#over) return;
    if (this.#decoder === null) this.#finish();
    else this.#decoder.end();
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    if (this.#over) return;
    this.#end();
    this.#handler.onFailure(httpFailure(error, this.#origin, this.#controller !== null));
  }

  #decodeFrom(coding: string, status: number, headers: Readonly<Record<string, string>>): void {
    this.#decoder = createBodyDecoder(coding, {
      onData: (bytes) => {
        if (!this.#over) this.#handler.onData(bytes);
      },
      onDrain: () => this.#controller?.resume(),
      onEnd: () => this.#finish(),
      onError: () => this.#fail('cut', `the ${coding} body of the answer of ${this.#origin} is damaged`),
    });
    if (this.#decoder === null) {
      const named = printable(coding);
      this.#fail('cut', `${this.#origin} answered in the content-encoding ${named}, which is not known`);
      return;
    }
    const { 'content-encoding': _coding, 'content-length': _length, ...decoded } = headers;
    this.#handler.onHead(status, decoded);
  }

  #finish(): void {
    if (this.#over) return;
    this.#end();
    this.#handler.onEnd();
  }

  /** Checks after `inMs` and, as long as pieces come, again when the latest of them is that old: no timer per piece. */
  #watchForStall(inMs: number): void {
    this.#cancelTimer = this.#clock.after(inMs, () => {
      const { stallMs } = this.#limits;
      // Who does not read cannot complain of silence.
      const quietMs = this.#paused ? 0 : this.#clock.monotonic() - this.#heardMs;
      if (quietMs < stallMs) return this.#watchForStall(Math.max(1, stallMs - quietMs));
      this.#fail('timeout', `the answer of ${this.#origin} stood still for ${stallMs} ms`, {
        name: 'stall',
        ms: stallMs,
      });
    });
  }

  #fail(kind: TransportFailure['kind'], message: string, limit?: TransportFailure['limit']): void {
    if (this.#over) return;
    this.#end();
    this.#controller?.abort(givenUp);
    this.#handler.onFailure(limit === undefined ? { kind, message } : { kind, message, limit });
  }

  #end(): void {
    this.#over = true;
    this.#cancelTimer?.();
    this.#decoder?.destroy();
  }
}

/** undici's headers as they are where each came once, which is the rule; repeated ones joined. */
function flatHeaders(raw: RawHeaders): Readonly<Record<string, string>> {
  for (const name in raw) {
    if (typeof raw[name] !== 'string') return joined(raw);
  }
  return raw as Readonly<Record<string, string>>;
}

function joined(raw: RawHeaders): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

/** What a server wrote, short and without anything that could break a log line. */
function printable(text: string): string {
  return JSON.stringify(text.slice(0, 40).replace(/[^\x20-\x7e]/g, '?'));
}
