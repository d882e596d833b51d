import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ids } from '../../sdk/services.ts';
import { checkDeclaredBody, tooLarge } from './body-limit.ts';
import { ClientGone, type Incoming, type ResponseSink } from './incoming.ts';

/**
 * How much of a refused body is still read so that its sender gets to see the answer: a connection that is
 * closed with bytes unread is reset, and the reset destroys the answer on its way (nginx: lingering_close).
 */
const LINGER_BYTES = 64 * 1024 * 1024;

/** Runs `end` once `req` has been received whole, was given up, or sent more than `LINGER_BYTES`. */
function linger(req: IncomingMessage, end: () => void): void {
  let left = LINGER_BYTES;
  const over = () => {
    req.off('data', count).off('end', over).off('close', over);
    end();
  };
  const count = (bytes: Buffer) => {
    left -= bytes.length;
    if (left < 0) over();
  };
  req.on('data', count).on('end', over).on('close', over).resume();
}

/**
 * Writes to node:http's own response: no web stream in between. Once the client is gone the response is no longer ours
 * (h3 ends it), and nothing is written.
 */
class NodeSink implements ResponseSink {
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  #ended = false;
  #gone: (() => void) | null = null;

  constructor(req: IncomingMessage, res: ServerResponse) {
    this.#req = req;
    this.#res = res;
  }

  get open(): boolean {
    return !this.#ended && !this.#res.destroyed;
  }

  get begun(): boolean {
    return this.#res.headersSent;
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    if (!this.open) return;
    this.#res.writeHead(status, headers);
    this.#res.flushHeaders();
  }

  write(bytes: string | Buffer): boolean {
    return !this.open || this.#res.write(bytes);
  }

  end(bytes?: string | Buffer): void {
    if (!this.open) return;
    this.#ended = true;
    this.#res.end(bytes);
  }

  send(status: number, headers: Readonly<Record<string, string>>, body: string | Buffer): void {
    if (!this.open) return;
    this.#ended = true;
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    this.#res.writeHead(status, { ...headers, 'content-length': String(length) });
    if (headers['connection'] !== 'close' || this.#req.complete) {
      this.#res.end(body);
      return;
    }
    this.#res.write(body);
    linger(this.#req, () => this.#res.end());
  }

  onDrain(run: () => void): void {
    this.#res.once('drain', run);
  }

  onGone(run: () => void): void {
    if (this.#gone === null) {
      this.#res.once('close', () => {
        if (this.#ended) return;
        this.#ended = true;
        this.#gone!();
      });
    }
    this.#gone = run;
  }
}

/** A request on node:http's own objects. */
export class NodeIncoming implements Incoming {
  readonly #req: IncomingMessage;
  readonly sink: ResponseSink;
  ids?: Pick<Ids, 'request'>;

  constructor(req: IncomingMessage, res: ServerResponse) {
    this.#req = req;
    this.sink = new NodeSink(req, res);
  }

  get method(): string {
    return this.#req.method ?? 'GET';
  }

  get url(): string {
    return this.#req.url ?? '/';
  }

  get headers(): IncomingMessage['headers'] {
    return this.#req.headers;
  }

  get ip(): string {
    return this.#req.socket.remoteAddress ?? '';
  }

  readBody(limitBytes: number): Promise<Buffer> {
    const req = this.#req;
    return new Promise((resolve, reject) => {
      checkDeclaredBody(req.headers['content-length'], req.headers['content-encoding'], limitBytes);
      let first: Buffer | null = null;
      let more: Buffer[] | null = null;
      let size = 0;
      const stop = (error: Error) => {
        req.removeAllListeners('data');
        req.resume();
        reject(error);
      };
      req.on('data', (bytes: Buffer) => {
        size += bytes.length;
        if (size > limitBytes) return stop(tooLarge(limitBytes));
        if (first === null) first = bytes;
        else if (more === null) more = [first, bytes];
        else more.push(bytes);
      });
      req.on('end', () => resolve(more === null ? (first ?? Buffer.alloc(0)) : Buffer.concat(more, size)));
      req.on('error', () => stop(new ClientGone()));
      req.on('close', () => {
        if (!req.readableEnded) stop(new ClientGone());
      });
    });
  }
}
