import { Agent } from 'undici';
import type { Clock } from '../../sdk/services.ts';
import type {
  Transport,
  UpstreamCall,
  UpstreamHandler,
  UpstreamLimits,
  UpstreamRequest,
} from '../../sdk/transport.ts';
import { systemClock } from '../services/clock.ts';
import { HttpCall } from './http-call.ts';

export interface HttpTransportOptions {
  /**
   * Time to get a connection, in milliseconds: name look-up, TCP, TLS, and waiting for a free one.
   * @default 5000
   */
  readonly connectTimeoutMs?: number;
  /**
   * Connections to one origin at most; further calls wait for a free one, for `connectTimeoutMs` at most.
   * A stream occupies its connection until it ends.
   * @default 1024
   */
  readonly connectionsPerOrigin?: number;
  /**
   * How long an idle connection is kept, in milliseconds. A shorter time that the provider names is honoured.
   * @default 30000
   */
  readonly keepAliveMs?: number;
  /** @default the machine's */
  readonly clock?: Clock;
}

/**
 * Talks HTTP/1.1 to providers over pooled connections. No redirects are followed (a redirect would carry the
 * credentials to wherever it points), no proxy settings are read from the environment, answers that come compressed
 * although identity was asked for are decoded. `close()` lets calls under way end and takes no new ones.
 */
export function createHttpTransport(options: HttpTransportOptions = {}): Transport {
  const { connectTimeoutMs = 5000, connectionsPerOrigin = 1024, keepAliveMs = 30_000 } = options;
  const clock = options.clock ?? systemClock;
  const agent = new Agent({
    connections: connectionsPerOrigin,
    // Each call keeps its own limit; this one only ends attempts that nobody waits for any more.
    connectTimeout: Math.max(60_000, connectTimeoutMs),
    // Calls keep time themselves: undici's timers are off by up to a second, and start only once a connection is there.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    // One call per connection: behind a slow answer a pipelined one would wait, and abort would end both.
    pipelining: 1,
    // Aborting an HTTP/2 stream leaves the provider's socket open, and its flow control is not worth it here.
    allowH2: false,
  });
  let closing: Promise<void> | null = null;

  return {
    send(request: UpstreamRequest, limits: UpstreamLimits, handler: UpstreamHandler): UpstreamCall {
      const call = new HttpCall(handler, request.origin, limits, clock);
      // A call that cannot be made at all (agent closed, header that HTTP cannot carry) fails within `dispatch`.
      agent.dispatch(
        {
          origin: request.origin,
          path: request.path,
          method: request.method,
          headers: request.headers as Record<string, string>,
          body: request.body,
        },
        call,
      );
      call.expectStart(limits.connectMs ?? connectTimeoutMs);
      return call;
    },
    close() {
      closing ??= agent.close();
      return closing;
    },
  };
}
