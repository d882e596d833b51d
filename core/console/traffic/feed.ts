import { setImmediate as breathe } from 'node:timers/promises';
import type { Trace } from '../../../sdk/trace.ts';
import type { Row } from '../peers/questions.ts';
import { hasPolicy, type TrafficFilter } from './filter.ts';
import { comparePlaces, type Place } from './place.ts';
import type { Summary } from './summary.ts';

/** Records are parsed one by one, and others get their turn after this many. */
const recordsATurn = 20;

/** A page of the traffic of this process, the newest first. */
export interface FeedPage {
  readonly rows: readonly Row[];
  /** There are older ones that fit. */
  readonly more: boolean;
}

/** The summaries of the last requests: as many as there are decision records. */
export class TrafficFeed {
  readonly #ring: (Summary | null)[];
  readonly #endedMs: Float64Array;
  readonly #trace: (requestId: string) => Trace | undefined;
  readonly #source: () => number;
  #added = 0;
  #lastMs = 0;

  /**
   * @param trace the whole record of a request that is still kept.
   * @param source id of this process among those at its address.
   */
  constructor(
    trace: (requestId: string) => Trace | undefined,
    capacity = 2000,
    source: () => number = () => 0,
  ) {
    this.#ring = new Array<Summary | null>(capacity).fill(null);
    this.#endedMs = new Float64Array(capacity);
    this.#trace = trace;
    this.#source = source;
  }

  /** How many there ever were; also the number of the last one, since the first is 1. */
  get added(): number {
    return this.#added;
  }

  /** The number of the oldest one that is remembered. */
  get oldest(): number {
    return Math.max(1, this.#added - this.#ring.length + 1);
  }

  get source(): number {
    return this.#source();
  }

  /** @param nowMs the wall clock. */
  add(summary: Summary, nowMs: number): void {
    const index = this.#added % this.#ring.length;
    // A clock that was set back would put later ones before those that pages have shown.
    if (nowMs > this.#lastMs) this.#lastMs = Math.trunc(nowMs);
    this.#ring[index] = summary;
    this.#endedMs[index] = this.#lastMs;
    this.#added += 1;
  }

  /** Newest first. */
  *recent(): Generator<Summary> {
    for (const { summary } of this.#rows()) yield summary;
  }

  /**
   * Some of the last requests.
   *
   * @param before only those older than this place.
   */
  async page(filter: TrafficFilter, limit: number, before: Place | null): Promise<FeedPage> {
    const rows: Row[] = [];
    let parsed = 0;
    for (const row of this.#rows()) {
      const { summary, place } = row;
      if (before !== null && comparePlaces(place, before) >= 0) continue;
      if (!filter.matches(summary)) continue;
      if (filter.policy !== null) {
        parsed += 1;
        if (parsed % recordsATurn === 0) await breathe();
        if (!this.took(summary, filter.policy)) continue;
      }
      if (rows.length === limit) return { rows, more: true };
      rows.push(row);
    }
    return { rows, more: false };
  }

  /** A request by its number; null where it is forgotten. */
  at(seq: number): Row | null {
    if (seq < this.oldest || seq > this.#added) return null;
    const index = (seq - 1) % this.#ring.length;
    const place = { endedMs: this.#endedMs[index]!, source: this.#source(), seq };
    return { summary: this.#ring[index]!, place };
  }

  /** Whether a policy took part in a request; false where its record is not kept any more. Parses the record. */
  took({ request_id: id }: Summary, policy: string): boolean {
    const trace = this.#trace(id);
    return trace !== undefined && hasPolicy(trace, policy);
  }

  *#rows(): Generator<Row> {
    // Requests come in while a long page is made: each is seen once all the same.
    for (let seq = this.#added; ; seq -= 1) {
      const row = this.at(seq);
      if (row === null) return;
      yield row;
    }
  }
}
