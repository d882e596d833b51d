import { StringDecoder } from 'node:string_decoder';
import { type Framer, type Framing, FramingError, type OnEvent } from '../../../sdk/wire.ts';

/** An image of an answer comes in one event, as base64. */
const maxEventChars = 64 * 1024 * 1024;

/**
 * Server-sent events, and bare JSON between them: that is how an error comes in the middle of a stream. It begins at a
 * line with a bracket and ends with a blank line, with the next event or with the stream.
 */
export const geminiFraming: Framing = {
  mediaTypes: ['text/event-stream'],
  framer: (onEvent, onIdle) => new GeminiFramer(onEvent, onIdle),
};

class GeminiFramer implements Framer {
  readonly #onEvent: OnEvent;
  readonly #onIdle: ((raw: string) => void) | undefined;
  readonly #utf8 = new StringDecoder('utf8');
  /** The line that has begun and not ended yet. */
  #line = '';
  /** Lines of the event under way; null while there is none. */
  #data: string[] | null = null;
  /** Lines of bare JSON under way; null while there is none. */
  #bare: string[] | null = null;
  #chars = 0;
  /** The last line ended with a CR, so an LF that comes first now belongs to it. */
  #afterCr = false;

  constructor(onEvent: OnEvent, onIdle?: (raw: string) => void) {
    this.#onEvent = onEvent;
    this.#onIdle = onIdle;
  }

  push(bytes: Buffer): void {
    const text = this.#utf8.write(bytes);
    let at = 0;
    let cr = text.indexOf('\r');
    while (at < text.length) {
      if (this.#afterCr) {
        this.#afterCr = false;
        if (text.charCodeAt(at) === 10) {
          at++;
          continue;
        }
      }
      const lf = text.indexOf('\n', at);
      if (cr !== -1 && cr < at) cr = text.indexOf('\r', at);
      this.#afterCr = cr !== -1 && (lf === -1 || cr < lf);
      const end = this.#afterCr ? cr : lf;
      const piece = end === -1 ? text.slice(at) : text.slice(at, end);
      this.#count(piece.length);
      this.#line += piece;
      if (end === -1) return;
      const line = this.#line;
      this.#line = '';
      this.#take(line);
      at = end + 1;
    }
  }

  end(): boolean {
    const line = this.#line + this.#utf8.end();
    this.#line = '';
    if (line !== '') this.#take(line);
    // An event without its blank line is cut; bare JSON is whole once it can be read.
    const clean = this.#data === null && (line === '' || line.startsWith(':') || this.#bare !== null);
    return this.#flushBare() && clean;
  }

  #take(line: string): void {
    if (line === '') {
      this.#flushBare();
      const data = this.#data;
      this.#data = null;
      this.#chars = 0;
      if (data !== null) this.#onEvent(data.length === 1 ? data[0]! : data.join('\n'), '');
    } else if (line.startsWith('data:')) {
      this.#flushBare();
      const value = line.slice(line.charCodeAt(5) === 32 ? 6 : 5);
      if (this.#data === null) this.#data = [value];
      else this.#data.push(value);
    } else if (this.#bare !== null) {
      this.#bare.push(line);
    } else if (this.#data === null && (line.startsWith('{') || line.startsWith('['))) {
      this.#bare = [line];
    } else if (line.startsWith(':')) {
      this.#onIdle?.(`${line}\n\n`);
    }
    // Other fields say nothing here, and what is no field is ignored, as the standard has it.
  }

  /** @returns false where the JSON was cut. */
  #flushBare(): boolean {
    const lines = this.#bare;
    if (lines === null) return true;
    this.#bare = null;
    const text = lines.join('\n');
    try {
      JSON.parse(text);
    } catch {
      return false;
    }
    this.#onEvent(text, '');
    return true;
  }

  #count(chars: number): void {
    this.#chars += chars;
    if (this.#chars > maxEventChars) {
      throw new FramingError(`the provider sent an event of more than ${maxEventChars} characters`);
    }
  }
}
