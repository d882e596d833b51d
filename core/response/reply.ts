import type { GatewayError } from '../../sdk/errors.ts';
import type { Outcome } from '../../sdk/trace.ts';
import { totalTokens } from '../../sdk/usage.ts';
import type { AnswerCodec } from '../dialects/dialect.ts';
import { costOf } from '../pipeline/cost.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import { settle } from '../pipeline/settle.ts';
import { usdText } from '../reports/money.ts';

const jsonType = 'application/json; charset=utf-8';
const streamType = 'text/event-stream; charset=utf-8';

/**
 * Writes the one answer of an exchange. The status line is held until the first real event, so that what fails
 * before it can be tried elsewhere unseen; after it nothing but a well-formed end is possible. Every way out of
 * here settles the exchange before the client sees the end.
 */
export class Reply {
  readonly #x: Exchange;
  #codec: AnswerCodec | null = null;

  constructor(x: Exchange) {
    this.#x = x;
  }

  /** True once the client has seen a status line. */
  get begun(): boolean {
    return this.#codec !== null;
  }

  /** Sends the head of a stream. */
  beginStream(status: number, codec: AnswerCodec, upstream: Readonly<Record<string, string>>): void {
    const x = this.#x;
    this.#codec = codec;
    x.status = status;
    x.markFirstByte();
    x.options.sink.head(status, {
      ...upstream,
      ...this.#headers(),
      'content-type': streamType,
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
  }

  /** False asks the sender to wait for `onDrain`. */
  write(text: string): boolean {
    return text === '' || this.#x.options.sink.write(text);
  }

  async endStream(tail: string): Promise<void> {
    await this.#settle('complete');
    this.#x.options.sink.end(tail);
  }

  /** Ends a stream that has begun with the dialect's error event: never with a clean end. */
  async breakStream(error: GatewayError, outcome: Outcome = 'interrupted'): Promise<void> {
    const x = this.#x;
    x.error = error;
    await this.#settle(outcome);
    if (x.options.sink.open) x.options.sink.end(this.#codec!.encodeError(error));
  }

  /** Sends a whole answer. */
  async send(
    status: number,
    body: string | Buffer,
    upstream: Readonly<Record<string, string>>,
  ): Promise<void> {
    const x = this.#x;
    x.status = status;
    x.markFirstByte();
    await this.#settle('complete');
    const headers: Record<string, string> = { ...upstream, ...this.#headers(), 'content-type': jsonType };
    if (x.usage !== null) headers['x-usage-total-tokens'] = String(totalTokens(x.usage));
    const costNanoUsd = costOf(x.recorder.attempts);
    if (costNanoUsd !== null) headers['x-gateway-cost-usd'] = usdText(costNanoUsd);
    x.options.sink.send(status, headers, body);
  }

  /** Refuses or fails the request, in whatever form is still possible. */
  async fail(error: GatewayError, outcome: Outcome): Promise<void> {
    const x = this.#x;
    if (x.over) return;
    if (this.begun) return this.breakStream(error, outcome === 'failed' ? 'interrupted' : outcome);
    x.error = error;
    x.status = error.status;
    x.markFirstByte();
    await this.#settle(outcome);
    if (!x.options.sink.open) return;
    const headers = { ...this.#headers(), ...errorHeaders(error), 'content-type': jsonType };
    x.options.sink.send(error.status, headers, x.options.dialect.errorBody(error, x.options.requestId));
  }

  async #settle(outcome: Outcome): Promise<void> {
    const pending = settle(this.#x, outcome);
    if (pending !== undefined) await pending;
  }

  #headers(): Record<string, string> {
    const x = this.#x;
    const headers: Record<string, string> = {
      'x-request-id': x.options.requestId,
      'x-gateway-model-alias': headerSafe(x.options.body.view.model),
      'x-gateway-policy-version': x.options.program.version,
      'x-gateway-attempts': String(x.recorder.attempts.length),
      'x-gateway-overhead-ms': x.overheadNowMs().toFixed(3),
      'x-gateway-cache': x.source ?? 'miss',
    };
    if (x.source === null) headers['x-gateway-cache-reason'] = 'no-cache-configured';
    if (x.target !== null) {
      headers['x-gateway-model-resolved'] = headerSafe(x.target.id);
      headers['x-gateway-provider'] = x.target.provider;
      headers['x-gateway-fallback'] = x.fallback;
    }
    if (x.options.dialect.requestIdHeader !== undefined)
      headers[x.options.dialect.requestIdHeader] = x.options.requestId;
    const upstreamId = x.recorder.attempts.at(-1)?.upstreamRequestId ?? null;
    if (upstreamId !== null) headers['x-gateway-upstream-request-id'] = headerSafe(upstreamId);
    if (x.recorder.deniedBy !== null) headers['x-sluice-denied-by'] = headerSafe(x.recorder.deniedBy);
    if (x.recorder.dropped.length > 0)
      headers['x-sluice-dropped'] = headerSafe(x.recorder.dropped.join(', '));
    for (const [name, value] of Object.entries(x.responseHeaders))
      headers[name.toLowerCase()] = headerSafe(value);
    return headers;
  }
}

/** Headers that belong to an error: what it says itself and when to come back. */
export function errorHeaders(error: GatewayError): Record<string, string> {
  const headers: Record<string, string> = { ...error.headers };
  if (error.retryAfterMs !== null) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
    headers['retry-after-ms'] = String(Math.max(1, Math.ceil(error.retryAfterMs)));
  }
  return headers;
}

/** What a header may hold: printable ASCII, at most 512 characters. Client text must not break the head. */
export function headerSafe(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, '?').slice(0, 512);
}
