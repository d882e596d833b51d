/** Gets the pieces of answers as they come. */
export interface ResponseSink {
  /** A piece of a body, without HTTP's chunk framing. */
  body?(bytes: Buffer): void;
  /** The answer is complete; `bodyBytes` is the length of its body. */
  end(status: number, bodyBytes: number): void;
}

const headEnd = Buffer.from('\r\n\r\n');
const newline = 10;

/**
 * Reads HTTP/1.1 answers of a keep-alive connection: `content-length` or chunked, nothing else. It does as
 * little as it can, since what it costs is added to every latency.
 */
export class ResponseReader {
  readonly #sink: ResponseSink;
  #kept: Buffer | null = null;
  #status = 0;
  /** Inside a body: bytes still to come of it or of its current chunk; -1 while a head is read. */
  #left = -1;
  #chunked = false;
  #bodyBytes = 0;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  push(bytes: Buffer): void {
    let rest = this.#kept === null ? bytes : Buffer.concat([this.#kept, bytes]);
    this.#kept = null;
    while (rest.length > 0) {
      const used = this.#left < 0 ? this.#takeHead(rest) : this.#takeBody(rest);
      if (used === 0) {
        this.#kept = rest;
        return;
      }
      rest = rest.subarray(used);
    }
  }

  #takeHead(bytes: Buffer): number {
    const end = bytes.indexOf(headEnd);
    if (end < 0) return 0;
    const head = bytes.toString('latin1', 0, end).toLowerCase();
    this.#status = Number.parseInt(head.slice(9, 12), 10);
    const lengthAt = head.indexOf('\r\ncontent-length:');
    this.#bodyBytes = 0;
    this.#chunked = lengthAt < 0;
    this.#left = this.#chunked ? 0 : Number.parseInt(head.slice(lengthAt + 17, lengthAt + 40), 10);
    if (this.#left === 0 && !this.#chunked) this.#end();
    return end + headEnd.length;
  }

  #takeBody(bytes: Buffer): number {
    if (this.#left === 0) return this.#takeChunkSize(bytes);
    const used = Math.min(this.#left, bytes.length);
    this.#left -= used;
    this.#bodyBytes += used;
    this.#sink.body?.(bytes.subarray(0, used));
    if (this.#left === 0 && !this.#chunked) this.#end();
    return used;
  }

  /** A chunk's size line, after the line end of the chunk before it; the last chunk ends the answer. */
  #takeChunkSize(bytes: Buffer): number {
    const skip = bytes[0] === 13 ? 2 : 0;
    const lineEnd = bytes.indexOf(newline, skip);
    if (lineEnd < 0) return 0;
    const size = Number.parseInt(bytes.toString('latin1', skip, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('expected the size of a chunk in hexadecimal digits');
    if (size > 0) {
      this.#left = size;
      return lineEnd + 1;
    }
    if (bytes.length < lineEnd + 3) return 0;
    this.#end();
    return lineEnd + 3;
  }

  #end(): void {
    this.#left = -1;
    this.#sink.end(this.#status, this.#bodyBytes);
  }
}
