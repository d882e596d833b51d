import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../../../sdk/services.ts';
import type { ResponseSink } from '../../server/incoming.ts';

/** One server-sent event. */
export function eventText(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * What the client of a draft would get, told as events to whoever tries the draft: `head` with status and headers, `chunk`
 * with each piece of the body and when it came. A reader that is slow holds the answer up as a slow client would.
 */
export class RunSink implements ResponseSink {
  readonly #outer: ResponseSink;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #startedMs: number;
  // A piece may end in the middle of a character.
  readonly #decoder = new StringDecoder('utf8');
  #ended = false;
  #begun = false;
  #gone: (() => void) | null = null;

  constructor(outer: ResponseSink, clock: Pick<Clock, 'monotonic'>) {
    this.#outer = outer;
    this.#clock = clock;
    this.#startedMs = clock.monotonic();
    outer.onGone(() => {
      if (this.#ended) return;
      this.#ended = true;
      this.#gone?.();
    });
  }

  get open(): boolean {
    return !this.#ended && this.#outer.open;
  }

  get begun(): boolean {
    return this.#begun;
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#begun = true;
    this.#outer.write(eventText('head', { status, headers }));
  }

  write(bytes: string | Buffer): boolean {
    return this.#chunk(typeof bytes === 'string' ? bytes : this.#decoder.write(bytes));
  }

  end(bytes?: string | Buffer): void {
    if (this.#ended) return;
    if (bytes !== undefined) this.write(bytes);
    this.#chunk(this.#decoder.end());
    this.#ended = true;
  }

  send(status: number, headers: Readonly<Record<string, string>>, body: string | Buffer): void {
    this.head(status, headers);
    this.end(body);
  }

  onDrain(run: () => void): void {
    this.#outer.onDrain(run);
  }

  onGone(run: () => void): void {
    this.#gone = run;
  }

  #chunk(text: string): boolean {
    if (text === '' || !this.#outer.open) return true;
    const ms = Math.round((this.#clock.monotonic() - this.#startedMs) * 10) / 10;
    return this.#outer.write(eventText('chunk', { text, t_ms: ms }));
  }
}
