import type { Identity } from '../../sdk/identity.ts';
import type { Incoming, ResponseSink } from '../server/incoming.ts';
import type { Situation } from './situation.ts';

/** An answer as the client would have got it. */
export interface CaseResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

class CaseSink implements ResponseSink {
  open = true;
  begun = false;
  status = 0;
  headers: Readonly<Record<string, string>> = {};
  readonly #pieces: Buffer[] = [];
  readonly #got: ((text: string) => void) | undefined;

  get body(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.begun = true;
    this.status = status;
    this.headers = headers;
  }

  constructor(got?: (text: string) => void) {
    this.#got = got;
  }

  write(bytes: string | Buffer): boolean {
    this.#got?.(bytes.toString());
    this.#pieces.push(Buffer.from(bytes as string));
    return true;
  }

  end(bytes?: string | Buffer): void {
    if (bytes !== undefined) this.write(bytes);
    this.open = false;
  }

  send(status: number, headers: Readonly<Record<string, string>>, body: string | Buffer): void {
    this.head(status, headers);
    this.end(body);
  }

  onDrain(run: () => void): void {
    run();
  }

  onGone(): void {}
}

/** The request of a case on its way in, and its answer on the way out. */
export class CaseIncoming implements Incoming {
  readonly method = 'POST';
  readonly url = '/';
  readonly headers: Readonly<Record<string, string>>;
  readonly ip: string;
  readonly identity: Identity;
  readonly sink: CaseSink;
  readonly #body: Buffer;

  /** @param got told what the client gets, piece by piece. */
  constructor({ headers, ip, identity, body }: Situation, got?: (text: string) => void) {
    this.sink = new CaseSink(got);
    this.headers = { 'content-type': 'application/json', ...headers };
    this.ip = ip;
    this.identity = identity;
    this.#body = Buffer.from(JSON.stringify(body));
  }

  get response(): CaseResponse {
    const { status, headers, body } = this.sink;
    return { status, headers, body };
  }

  readBody(): Promise<Buffer> {
    return Promise.resolve(this.#body);
  }
}
