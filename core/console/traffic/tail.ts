import { GatewayError } from '../../../sdk/errors.ts';
import type { Cancel, Clock } from '../../../sdk/services.ts';
import type { Trace } from '../../../sdk/trace.ts';
import type { ResponseSink } from '../../server/incoming.ts';
import { hasPolicy, type TrafficFilter } from './filter.ts';
import { type Summary, summaryJson } from './summary.ts';

/** Four times a second: faster than anybody reads. */
const everyMs = 250;
const maxRows = 100;
const maxListeners = 20;
/** A client that has not read for so long has gone, whatever its socket says. */
const patienceMs = 30_000;
/** Something is written this often, so that proxies keep the connection and a dead one is found. */
const pingMs = 15_000;

interface Listener {
  readonly sink: ResponseSink;
  readonly filter: TrafficFilter;
  /** False once whoever listens may not any more. */
  readonly allowed: () => boolean;
  rows: Summary[];
  skipped: number;
  /** Since when the client's socket is full; null where it is not. */
  fullSinceMs: number | null;
  wroteMs: number;
}

/**
 * Sends the traffic to those who watch it while it happens. Nothing is kept and no timer runs while nobody does. For each
 * listener at most a hundred rows wait, whatever the traffic and however slowly it reads; what is more is counted.
 */
export class TrafficTail {
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener>();
  #cancel: Cancel | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many watch. With none `offer` need not be called. */
  get size(): number {
    return this.#listeners.size;
  }

  /** A request has ended. */
  offer(summary: Summary, trace: Trace): void {
    for (const listener of this.#listeners) {
      const { filter } = listener;
      if (!filter.matches(summary)) continue;
      if (filter.policy !== null && !hasPolicy(trace, filter.policy)) continue;
      if (listener.rows.length < maxRows) listener.rows.push(summary);
      else listener.skipped += 1;
    }
  }

  /**
   * Answers a request with what comes from now on.
   *
   * @param allowed asked now and then: a session may end while its tail runs.
   * @throws GatewayError 429 where too many listen.
   */
  listen(sink: ResponseSink, filter: TrafficFilter, allowed: () => boolean): void {
    if (this.#listeners.size >= maxListeners) {
      throw new GatewayError(
        'rate_limit_exceeded',
        `At most ${maxListeners} can watch the traffic at once. Close another page of the console.`,
        { retryAfterMs: 10_000 },
      );
    }
    const nowMs = this.#clock.monotonic();
    const listener: Listener = {
      sink,
      filter,
      allowed,
      rows: [],
      skipped: 0,
      fullSinceMs: null,
      wroteMs: nowMs,
    };
    sink.head(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    sink.onGone(() => this.#forget(listener));
    this.#write(listener, ': listening\n\n', nowMs);
    this.#listeners.add(listener);
    this.#cancel ??= this.#clock.after(everyMs, () => this.#turn());
  }

  /** Ends all: the gateway shuts down. */
  close(): void {
    for (const listener of this.#listeners) this.#end(listener);
  }

  #turn(): void {
    this.#cancel = null;
    const nowMs = this.#clock.monotonic();
    for (const listener of this.#listeners) this.#flush(listener, nowMs);
    if (this.#listeners.size > 0) this.#cancel = this.#clock.after(everyMs, () => this.#turn());
  }

  #flush(listener: Listener, nowMs: number): void {
    const { sink, fullSinceMs } = listener;
    if (!sink.open) return this.#forget(listener);
    if (fullSinceMs !== null) {
      if (nowMs - fullSinceMs >= patienceMs) this.#end(listener);
      return;
    }
    const isDue = nowMs - listener.wroteMs >= pingMs;
    if (listener.rows.length === 0 && listener.skipped === 0 && !isDue) return;
    if (!listener.allowed()) return this.#end(listener);
    this.#write(
      listener,
      isDue && listener.rows.length === 0 ? ': still here\n\n' : eventsOf(listener),
      nowMs,
    );
    listener.rows = [];
    listener.skipped = 0;
  }

  #write(listener: Listener, text: string, nowMs: number): void {
    listener.wroteMs = nowMs;
    if (listener.sink.write(text)) return;
    listener.fullSinceMs = nowMs;
    listener.sink.onDrain(() => {
      listener.fullSinceMs = null;
    });
  }

  #end(listener: Listener): void {
    this.#forget(listener);
    if (listener.sink.open) listener.sink.end();
  }

  #forget(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#cancel?.();
    this.#cancel = null;
  }
}

function eventsOf({ rows, skipped }: Listener): string {
  const parts: string[] = [];
  if (rows.length > 0) parts.push(`event: rows\ndata: ${JSON.stringify(rows.map(summaryJson))}\n\n`);
  if (skipped > 0) parts.push(`event: skipped\ndata: {"count":${skipped}}\n\n`);
  return parts.join('');
}
