import { StringDecoder } from 'node:string_decoder';
import { GatewayError } from '../../sdk/errors.ts';

/** Receives one event: its data lines joined with `\n`, and its `event` field, '' where there was none. */
export type SseEventHandler = (data: string, event: string) => void;

/** Default bound on one event, in characters. Events of real providers stay under a few hundred KB. */
const defaultMaxEventChars = 8 * 1024 * 1024;

/**
 * Incremental decoder of server-sent events. Takes bytes cut anywhere, inside characters and line ends too; lines
 * end with LF, CRLF or CR. Comments, `id` and `retry` are skipped. An event counts once its blank line is there.
 */
export class SseDecoder {
  readonly #onEvent: SseEventHandler;
  readonly #maxEventChars: number;
  readonly #utf8 = new StringDecoder('utf8');
  /** The line that has begun and not ended yet. */
  #line = '';
  /** Data lines of the event under way; null while it has none. */
  #data: string | null = null;
  #event = '';
  /** The last line ended with a CR, so an LF that comes first now belongs to it. */
  #afterCr = false;
  #first = true;

  constructor(onEvent: SseEventHandler, options: { readonly maxEventChars?: number } = {}) {
    this.#onEvent = onEvent;
    this.#maxEventChars = options.maxEventChars ?? defaultMaxEventChars;
  }

  /**
   * Takes the next bytes and reports the events that end in them.
   * @throws GatewayError 502 `upstream_error` when an event is longer than the bound.
   */
  push(bytes: Buffer): void {
    const text = this.#utf8.write(bytes);
    if (text === '') return;
    let at = 0;
    if (this.#first) {
      this.#first = false;
      if (text.charCodeAt(0) === 0xfeff) at = 1;
    }
    if (this.#afterCr) {
      this.#afterCr = false;
      if (text.charCodeAt(at) === 10) at++;
    }
    // Most streams have no CR at all: look once per piece, not once per line.
    let cr = text.indexOf('\r', at);
    while (at < text.length) {
      const lf = text.indexOf('\n', at);
      if (cr !== -1 && cr < at) cr = text.indexOf('\r', at);
      const byCr = cr !== -1 && (lf === -1 || cr < lf);
      const end = byCr ? cr : lf;
      if (end === -1) {
        this.#line += at === 0 ? text : text.slice(at);
        this.#bound(this.#line.length);
        return;
      }
      if (this.#line === '') this.#takeLine(text, at, end);
      else {
        const line = this.#line + text.slice(at, end);
        this.#line = '';
        this.#takeLine(line, 0, line.length);
      }
      at = end + 1;
      if (!byCr) continue;
      if (at === text.length) this.#afterCr = true;
      else if (text.charCodeAt(at) === 10) at++;
    }
  }

  /**
   * The bytes are over. True when they ended after an event; false when one was cut off. A last `[DONE]` without
   * its blank line is no loss.
   */
  end(): boolean {
    const line = this.#line + this.#utf8.end();
    this.#line = '';
    if (line !== '') this.#takeLine(line, 0, line.length);
    const clean = (this.#data === null && this.#event === '' && isIdle(line)) || this.#data === '[DONE]';
    this.#data = null;
    this.#event = '';
    return clean;
  }

  /** One line, `text` from `start` to `end`, without its line end. */
  #takeLine(text: string, start: number, end: number): void {
    if (start === end) {
      const data = this.#data;
      const event = this.#event;
      this.#data = null;
      this.#event = '';
      if (data !== null) this.#onEvent(data, event);
      return;
    }
    if (text.startsWith('data:', start) && start + 5 <= end) {
      const from = text.charCodeAt(start + 5) === 32 && start + 5 < end ? start + 6 : start + 5;
      const value = text.slice(from, end);
      this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
      this.#bound(this.#data.length);
    } else if (text.startsWith('event:', start) && start + 6 <= end) {
      const from = text.charCodeAt(start + 6) === 32 && start + 6 < end ? start + 7 : start + 6;
      this.#event = text.slice(from, end);
    } else if (end - start === 4 && text.startsWith('data', start)) {
      // A field name without a colon has an empty value.
      this.#data = this.#data === null ? '' : `${this.#data}\n`;
    }
  }

  #bound(chars: number): void {
    if (chars <= this.#maxEventChars) return;
    this.#line = '';
    this.#data = null;
    throw new GatewayError(
      'upstream_error',
      `The provider sent a stream event of more than ${this.#maxEventChars} characters.`,
    );
  }
}

/** True for a last line that carries nothing: none at all, or (the beginning of) a comment. */
function isIdle(line: string): boolean {
  return line === '' || line.startsWith(':');
}
