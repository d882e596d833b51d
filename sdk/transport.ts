/** A request to a provider, ready to be sent. */
export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  /** Scheme, host and port, such as `https://api.openai.com`. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  /** Lower-case names. Holds credentials: never log it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Limits of one call, in milliseconds. */
export interface UpstreamLimits {
  /** To get a connection; the transport's own limit where it is not given. */
  readonly connectMs?: number;
  /** From sending to the response head. */
  readonly headMs: number;
  /** Between two pieces of the body. */
  readonly stallMs: number;
}

/** Why a call broke off without (the rest of) an answer. */
export interface TransportFailure {
  readonly kind: 'connect' | 'timeout' | 'cut';
  /** Which limit ran out, where one did. */
  readonly limit?: {
    readonly name: 'connect' | 'head' | 'first_token' | 'stall' | 'total';
    readonly ms: number;
  };
  /** For logs; never shown to clients. */
  readonly message: string;
}

/**
 * Receives one answer. Calls come in the order `onHead`, `onData`*, then exactly one of `onEnd` and `onFailure`
 * (`onFailure` may come first of all). After `abort()` nothing is called any more.
 */
export interface UpstreamHandler {
  onHead(status: number, headers: Readonly<Record<string, string>>): void;
  onData(bytes: Buffer): void;
  onEnd(): void;
  onFailure(failure: TransportFailure): void;
}

/** A call under way. */
export interface UpstreamCall {
  /** Ends the call at once; the handler hears nothing more. */
  abort(): void;
  /** Stops reading from the provider until `resume`. */
  pause(): void;
  resume(): void;
}

/** Sends requests to providers: over HTTP in production, from a script in tests, in process for the mock. */
export interface Transport {
  send(request: UpstreamRequest, limits: UpstreamLimits, handler: UpstreamHandler): UpstreamCall;
  close?(): Promise<void>;
}
