import type { Ids } from '../../sdk/services.ts';
import { checkDeclaredBody, tooLarge } from './body-limit.ts';
import { ClientGone, type Incoming, type ResponseSink } from './incoming.ts';

/** Answers of these statuses have no body, and a web `Response` refuses to have one. */
const noBody: ReadonlySet<number> = new Set([204, 304]);

/** Collects an answer into a web `Response`, streamed as it is written. */
class WebSink implements ResponseSink {
  readonly response: Promise<Response>;
  #resolve!: (response: Response) => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #ended = false;
  #gone: (() => void) | null = null;
  #drain: (() => void) | null = null;

  constructor() {
    this.response = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get open(): boolean {
    return !this.#ended;
  }

  get begun(): boolean {
    return this.#controller !== null || this.#ended;
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    if (noBody.has(status)) {
      this.#resolve(new Response(null, { status, headers }));
      return;
    }
    if (this.#ended) return;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        const drain = this.#drain;
        this.#drain = null;
        drain?.();
      },
      cancel: () => this.leave(),
    });
    this.#resolve(new Response(body, { status, headers }));
  }

  write(bytes: string | Buffer): boolean {
    if (this.#ended) return true;
    this.#controller!.enqueue(new Uint8Array(Buffer.from(bytes as string)));
    return (this.#controller!.desiredSize ?? 1) > 0;
  }

  end(bytes?: string | Buffer): void {
    if (this.#ended) return;
    if (bytes !== undefined && bytes.length > 0) this.write(bytes);
    this.#ended = true;
    this.#controller?.close();
  }

  send(status: number, headers: Readonly<Record<string, string>>, body: string | Buffer): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#resolve(new Response(new Uint8Array(Buffer.from(body as string)), { status, headers }));
  }

  onDrain(run: () => void): void {
    this.#drain = run;
  }

  onGone(run: () => void): void {
    this.#gone = run;
  }

  /** The reader left. */
  leave(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#gone?.();
  }
}

/** A request that came as a web `Request`: tests, and anything that embeds the gateway. */
export class WebIncoming implements Incoming {
  readonly #request: Request;
  readonly #sink = new WebSink();
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly ip = '127.0.0.1';
  ids?: Pick<Ids, 'request'>;

  constructor(request: Request) {
    this.#request = request;
    this.method = request.method;
    const url = new URL(request.url);
    this.url = url.pathname + url.search;
    this.headers = Object.fromEntries(request.headers);
    request.signal?.addEventListener('abort', () => this.#sink.leave(), { once: true });
  }

  get sink(): ResponseSink {
    return this.#sink;
  }

  get response(): Promise<Response> {
    return this.#sink.response;
  }

  async readBody(limitBytes: number): Promise<Buffer> {
    checkDeclaredBody(this.headers['content-length'], this.headers['content-encoding'], limitBytes);
    try {
      const bytes = Buffer.from(await this.#request.arrayBuffer());
      if (bytes.length > limitBytes) throw tooLarge(limitBytes);
      return bytes;
    } catch (error) {
      if (this.#request.signal?.aborted) throw new ClientGone();
      throw error;
    }
  }
}
