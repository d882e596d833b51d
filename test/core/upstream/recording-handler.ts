import type {
  Transport,
  TransportFailure,
  UpstreamCall,
  UpstreamHandler,
  UpstreamLimits,
} from '../../../sdk/transport.ts';

/** Limits that no test reaches by accident. */
export const patient: UpstreamLimits = { headMs: 30_000, stallMs: 30_000 };

/** Keeps what a transport said about one call, and lets a test wait for each part of it. */
export class RecordingHandler implements UpstreamHandler {
  /** Names of the calls, in order. */
  readonly said: string[] = [];
  status = 0;
  headers: Readonly<Record<string, string>> = {};
  failure: TransportFailure | null = null;
  readonly pieces: Buffer[] = [];
  readonly #head = Promise.withResolvers<void>();
  readonly #first = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();

  /** Called with every piece of the body, for tests that act in the middle of it. */
  eachPiece: (bytes: Buffer) => void = () => undefined;

  onHead(status: number, headers: Readonly<Record<string, string>>): void {
    this.said.push('head');
    this.status = status;
    this.headers = headers;
    this.#head.resolve();
  }

  onData(bytes: Buffer): void {
    this.said.push('data');
    this.pieces.push(bytes);
    this.#first.resolve();
    this.eachPiece(bytes);
  }

  onEnd(): void {
    this.said.push('end');
    this.#over.resolve();
  }

  onFailure(failure: TransportFailure): void {
    this.said.push('failure');
    this.failure = failure;
    this.#over.resolve();
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString('utf8');
  }

  /** The order of the calls with repeats taken out, such as `head data end`. */
  get order(): string {
    return this.said.filter((word, index) => word !== this.said[index - 1]).join(' ');
  }

  get head(): Promise<void> {
    return this.#head.promise;
  }

  get firstPiece(): Promise<void> {
    return this.#first.promise;
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }
}

/** Sends a small POST. */
export function post(
  transport: Transport,
  origin: string,
  handler: RecordingHandler,
  options: {
    readonly limits?: UpstreamLimits;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  } = {},
): UpstreamCall {
  return transport.send(
    {
      method: 'POST',
      origin,
      path: '/v1/chat/completions',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk-secret', ...options.headers },
      body: options.body ?? '{"model":"m"}',
    },
    options.limits ?? patient,
    handler,
  );
}
