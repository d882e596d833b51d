/** What the upstream needs to know of a request. */
export interface ReadRequest {
  /** The first bytes of the body: enough to see whether it asks for a stream. */
  readonly stream: boolean;
}

const headEnd = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');
const streamTrue = /"stream"\s*:\s*true/;

/**
 * Cuts a connection's bytes into HTTP/1.1 requests. Knows just enough for well-behaved clients: a
 * `content-length`, or a chunked body that ends with the last chunk. A whole HTTP parser would cost the upstream
 * more CPU than the proxies under test spend, and it shares its core with the load generator.
 */
export class RequestReader {
  readonly #onRequest: (request: ReadRequest) => void;
  #kept: Buffer = Buffer.alloc(0);

  constructor(onRequest: (request: ReadRequest) => void) {
    this.#onRequest = onRequest;
  }

  push(bytes: Buffer): void {
    let rest = this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes]);
    while (rest.length > 0) {
      const used = this.#take(rest);
      if (used === 0) break;
      rest = rest.subarray(used);
    }
    this.#kept = rest;
  }

  /** Bytes of the first request in `bytes`, 0 while it is not complete. */
  #take(bytes: Buffer): number {
    const headLength = bytes.indexOf(headEnd);
    if (headLength < 0) return 0;
    const bodyAt = headLength + headEnd.length;
    const head = bytes.toString('latin1', 0, headLength).toLowerCase();
    const end = bodyEnd(bytes, bodyAt, head);
    if (end < 0) return 0;
    this.#onRequest({
      stream: streamTrue.test(bytes.toString('latin1', bodyAt, Math.min(end, bodyAt + 512))),
    });
    return end;
  }
}

/** Where the body ends, -1 while it is not complete. */
function bodyEnd(bytes: Buffer, bodyAt: number, head: string): number {
  const lengthAt = head.indexOf('\r\ncontent-length:');
  if (lengthAt >= 0) {
    const end = bodyAt + Number.parseInt(head.slice(lengthAt + 17, lengthAt + 40), 10);
    return end <= bytes.length ? end : -1;
  }
  if (!head.includes('\r\ntransfer-encoding:')) return bodyAt;
  const last = bytes.indexOf(lastChunk, bodyAt);
  return last < 0 ? -1 : last + lastChunk.length;
}
