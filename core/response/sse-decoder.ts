import { StringDecoder } from 'node:string_decoder';
import { type Framer, type Framing, FramingError, type OnEvent } from '../../sdk/wire.ts';

/** Server-sent events, the format of most providers. */
export const sseFraming: Framing = {
  mediaTypes: ['text/event-stream'],
  framer: (onEvent, onIdle) => new SseDecoder(onEvent, onIdle === undefined ? {} : { onIdle }),
};

/** Default bound on one event, in characters. Events of real providers stay under a few hundred KB. */
const defaultMaxEventChars = 8 * 1024 * 1024;

/**
 * Incremental decoder of server-sent events. Takes bytes cut anywhere, inside characters and line ends too; lines
 * end with LF, CRLF or CR. An event counts once its blank line is there.
 *
 * Nearly all events are one `event` line, or none, and one `data` line. The text of any other (comments, `id`, `retry`,
 * several data lines, CRs) is handed over as well, so that a stream can be passed on byte by byte.
 */
export class SseDecoder implements Framer {
  readonly #onEvent: OnEvent;
  readonly #onIdle: ((raw: string) => void) | undefined;
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
  /** Text of the event under way as it came; null while it can be told from its name and data. */
  #raw: string | null = null;

  constructor(
    onEvent: OnEvent,
    options: { readonly maxEventChars?: number; readonly onIdle?: (raw: string) => void } = {},
  ) {
    this.#onEvent = onEvent;
    this.#onIdle = options.onIdle;
    this.#maxEventChars = options.maxEventChars ?? defaultMaxEventChars;
  }

  /**
   * Takes the next bytes and reports the events that end in them.
   * @throws FramingError when an event is longer than the bound.
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
      if (text.charCodeAt(at) === 10) {
        at++;
        // It ends the line before, whose event may be gone already: it leaves in front of the next one.
        this.#raw = `${this.#rawSoFar()}\n`;
      }
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
      let next = end + 1;
      if (byCr) {
        if (next === text.length) this.#afterCr = true;
        else if (text.charCodeAt(next) === 10) next++;
      }
      const lineEnd = byCr ? text.slice(end, next) : '\n';
      if (this.#line === '') this.#takeLine(text, at, end, lineEnd);
      else {
        const line = this.#line + text.slice(at, end);
        this.#line = '';
        this.#takeLine(line, 0, line.length, lineEnd);
      }
      at = next;
    }
  }

  /**
   * The bytes are over. True when they ended after an event; false when one was cut off. A last `[DONE]` without
   * its blank line is no loss.
   */
  end(): boolean {
    const line = this.#line + this.#utf8.end();
    this.#line = '';
    if (line !== '') this.#takeLine(line, 0, line.length, '');
    else if (this.#raw !== null && this.#data === null && this.#event === '') this.#onIdle?.(this.#raw);
    const clean = (this.#data === null && this.#event === '' && isIdle(line)) || this.#data === '[DONE]';
    this.#data = null;
    this.#event = '';
    return clean;
  }

  /** One line, `text` from `start` to `end`, and what ended it. */
  #takeLine(text: string, start: number, end: number, lineEnd: string): void {
    if (start === end) return this.#endEvent(lineEnd);
    if (text.startsWith('data:', start) && start + 5 <= end) {
      const spaced = text.charCodeAt(start + 5) === 32 && start + 5 < end;
      const value = text.slice(spaced ? start + 6 : start + 5, end);
      if (!spaced || this.#data !== null || lineEnd !== '\n' || this.#raw !== null) {
        this.#raw = this.#rawSoFar() + text.slice(start, end) + lineEnd;
      }
      this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
      this.#bound(this.#data.length);
      return;
    }
    if (text.startsWith('event:', start) && start + 6 <= end) {
      const spaced = text.charCodeAt(start + 6) === 32 && start + 6 < end;
      if (
        !spaced ||
        start + 7 >= end ||
        this.#data !== null ||
        this.#event !== '' ||
        lineEnd !== '\n' ||
        this.#raw !== null
      ) {
        this.#raw = this.#rawSoFar() + text.slice(start, end) + lineEnd;
      }
      this.#event = text.slice(spaced ? start + 7 : start + 6, end);
      return;
    }
    this.#raw = this.#rawSoFar() + text.slice(start, end) + lineEnd;
    this.#bound(this.#raw.length);
    if (end - start === 4 && text.startsWith('data', start)) {
      // A field name without a colon has an empty value.
      this.#data = this.#data === null ? '' : `${this.#data}\n`;
    }
  }

  #endEvent(lineEnd: string): void {
    const data = this.#data;
    const event = this.#event;
    const plain = this.#raw === null && lineEnd === '\n' && data !== null;
    const raw = plain ? undefined : this.#rawSoFar() + lineEnd;
    this.#data = null;
    this.#event = '';
    this.#raw = null;
    if (data !== null) this.#onEvent(data, event, raw);
    else if (raw !== undefined) this.#onIdle?.(raw);
  }

  /** The text of the event under way; its name and data where there was nothing else to it. */
  #rawSoFar(): string {
    if (this.#raw !== null) return this.#raw;
    const event = this.#event === '' ? '' : `event: ${this.#event}\n`;
    return this.#data === null ? event : `${event}data: ${this.#data}\n`;
  }

  #bound(chars: number): void {
    if (chars <= this.#maxEventChars) return;
    this.#line = '';
    this.#data = null;
    throw new FramingError(`the provider sent a stream event of more than ${this.#maxEventChars} characters`);
  }
}

/** True for a last line that carries nothing: none at all, or (the beginning of) a comment. */
function isIdle(line: string): boolean {
  return line === '' || line.startsWith(':');
}
