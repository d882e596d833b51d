import { StringDecoder } from 'node:string_decoder';
import { type Framer, type Framing, FramingError, type OnEvent } from '../../../sdk/wire.ts';

/** Bound on one line, in characters. A line is a few words; only a tool call with large arguments is more. */
const maxLineChars = 8 * 1024 * 1024;

/** One JSON value a line. Lines end with LF or CRLF; empty ones are skipped. */
export const ndjsonFraming: Framing = {
  mediaTypes: ['application/x-ndjson', 'application/ndjson', 'application/jsonl'],
  framer: (onEvent) => new NdjsonFramer(onEvent),
};

class NdjsonFramer implements Framer {
  readonly #onEvent: OnEvent;
  readonly #utf8 = new StringDecoder('utf8');
  /** The line that has begun and not ended yet. */
  #line = '';

  constructor(onEvent: OnEvent) {
    this.#onEvent = onEvent;
  }

  push(bytes: Buffer): void {
    const text = this.#utf8.write(bytes);
    let at = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
      const line = this.#line + text.slice(at, end);
      this.#line = '';
      at = end + 1;
      this.#take(line);
    }
    this.#line += at === 0 ? text : text.slice(at);
    if (this.#line.length > maxLineChars) this.#tooLong();
  }

  /** A last line without its line end counts where it is whole JSON: every line is an object, whose end shows. */
  end(): boolean {
    const line = (this.#line + this.#utf8.end()).trim();
    this.#line = '';
    if (line === '') return true;
    try {
      JSON.parse(line);
    } catch {
      return false;
    }
    this.#onEvent(line, '');
    return true;
  }

  #take(line: string): void {
    if (line.length > maxLineChars) this.#tooLong();
    // Also takes the CR of a CRLF off, and a byte order mark.
    const data = line.trim();
    if (data !== '') this.#onEvent(data, '');
  }

  #tooLong(): never {
    this.#line = '';
    throw new FramingError(`a line of the stream is longer than ${maxLineChars} characters`);
  }
}
