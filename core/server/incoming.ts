import type { Identity } from '../../sdk/identity.ts';
import type { Ids } from '../../sdk/services.ts';

/**
 * Where an answer is written to. One per request; `end` is the last call. A client may leave at any moment, so everything
 * that is written to a sink that is not open is dropped in silence.
 */
export interface ResponseSink {
  /** False once the client is gone or the answer has ended. */
  readonly open: boolean;
  /** True once a status line was sent. */
  readonly begun: boolean;
  /** Sends the status line and headers. Once, before any `write`. */
  head(status: number, headers: Readonly<Record<string, string>>): void;
  /** False asks the writer to wait for `onDrain`. */
  write(bytes: string | Buffer): boolean;
  end(bytes?: string | Buffer): void;
  /** Status, headers and body in one go. */
  send(status: number, headers: Readonly<Record<string, string>>, body: string | Buffer): void;
  onDrain(run: () => void): void;
  /** Called at most once, when the client goes away before `end`. Of several the last one given is. */
  onGone(run: () => void): void;
}

/** A request as it came, whatever carried it: node:http in production, a web `Request` in tests. */
export interface Incoming {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly ip: string;
  /**
   * Reads the whole body.
   * @throws GatewayError 413 over the limit, 415 for a coded body; ClientGone when the client went away.
   */
  readBody(limitBytes: number): Promise<Buffer>;
  readonly sink: ResponseSink;
  /** Where routes that make no exchange take the id of their answer from; set by the application. */
  ids?: Pick<Ids, 'request'>;
  /** Who makes the request, where the carrier knows it for certain: policy tests and replays. */
  readonly identity?: Identity;
}

/** The client left before its request was complete. Nobody is there to be told. */
export class ClientGone extends Error {
  constructor() {
    super('the client closed the connection');
    this.name = 'ClientGone';
  }
}

/** One value of a header; the first where it was sent several times. */
export function headerOf(incoming: Incoming, name: string): string | undefined {
  const value = incoming.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
