import { GatewayError } from '../../../sdk/errors.ts';
import type { Cancel, Clock } from '../../../sdk/services.ts';
import type { Trace } from '../../../sdk/trace.ts';
import type { ResponseSink } from '../../server/incoming.ts';
import { type Peers, workersJson } from '../peers/peers.ts';
import { hasPolicy, type TrafficFilter } from './filter.ts';
import { type OtherRows, TailReader } from './other-rows.ts';
import { type Summary, summaryJson } from './summary.ts';
import { WaitingRows } from './waiting-rows.ts';

/** Four times a second: faster than anybody reads. */
const everyMs = 250;
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
  /** The wall clock when it began: what ended before is not for it. */
  readonly sinceMs: number;
  readonly waiting: WaitingRows;
  /** Whose requests there are, as it was told last; null before, and where there is one process. */
  workers: string | null;
  /** The same as it stands now. */
  nextWorkers: string | null;
  /** Since when the client's socket is full; null where it is not. */
  fullSinceMs: number | null;
  wroteMs: number;
}

/** Of the requests of this process. Others have ids above 0. */
const own = 0;

/**
 * Sends the traffic to those who watch it while it happens. Nothing is kept and no timer runs while nobody does. For each
 * listener at most a hundred rows of each process wait, whatever the traffic and however slowly it reads; what is more is
 * counted. The other processes are asked while somebody watches, and only then.
 */
export class TrafficTail {
  readonly #clock: Clock;
  readonly #peers: Peers;
  readonly #listeners = new Set<Listener>();
  #cancel: Cancel | null = null;
  #reader: TailReader | null = null;
  #isReading = false;

  constructor(clock: Clock, peers: Peers) {
    this.#clock = clock;
    this.#peers = peers;
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
      listener.waiting.add(own, summary);
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
      sinceMs: this.#clock.now(),
      waiting: new WaitingRows(),
      workers: null,
      nextWorkers: null,
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
    if (this.#peers.any) this.#reader ??= new TailReader(this.#peers);
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
    if (this.#reader !== null && !this.#isReading) void this.#read(this.#reader);
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
    const isQuiet = listener.waiting.empty && listener.nextWorkers === listener.workers;
    if (isQuiet && !isDue) return;
    if (!listener.allowed()) return this.#end(listener);
    this.#write(listener, isQuiet ? ': still here\n\n' : eventsOf(listener), nowMs);
  }

  async #read(reader: TailReader): Promise<void> {
    this.#isReading = true;
    // Pages under the same filter are one question.
    const filters = new Map<string, number>();
    for (const { filter, sinceMs } of this.#listeners) {
      filters.set(filter.query, Math.min(sinceMs, filters.get(filter.query) ?? sinceMs));
    }
    const read = await reader.next(filters);
    this.#isReading = false;
    if (this.#reader === reader) this.#took([...filters.keys()], read);
  }

  #took(filters: readonly string[], { answers, peers }: OtherRows): void {
    const workers = JSON.stringify(workersJson(peers));
    for (const listener of this.#listeners) {
      const index = filters.indexOf(listener.filter.query);
      // It came while the others were asked; the next question is its first.
      if (index < 0) continue;
      listener.nextWorkers = workers;
      for (const { source, rows, skipped } of answers) {
        listener.waiting.skip(skipped[index] ?? 0);
        for (const { row, fits } of rows) {
          if (fits.includes(index) && row.place.endedMs >= listener.sinceMs) {
            listener.waiting.add(source, row.summary);
          }
        }
      }
    }
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
    this.#reader = null;
  }
}

function eventsOf(listener: Listener): string {
  const { rows, skipped } = listener.waiting.take();
  const parts: string[] = [];
  if (listener.nextWorkers !== listener.workers) {
    listener.workers = listener.nextWorkers;
    parts.push(`event: workers\ndata: ${listener.workers}\n\n`);
  }
  if (rows.length > 0) parts.push(`event: rows\ndata: ${JSON.stringify(rows.map(summaryJson))}\n\n`);
  if (skipped > 0) parts.push(`event: skipped\ndata: {"count":${skipped}}\n\n`);
  return parts.join('');
}
