import { setImmediate as breathe } from 'node:timers/promises';
import type { Trace } from '../../../sdk/trace.ts';
import { hasPolicy, type TrafficFilter } from './filter.ts';
import type { Summary } from './summary.ts';

/** Records are parsed one by one, and others get their turn after this many. */
const recordsATurn = 20;

/** A page of the traffic, the newest first. */
export interface Page {
  readonly rows: readonly Summary[];
  /** Where the next page begins; null where there is none. */
  readonly next: string | null;
}

/** The summaries of the last requests: as many as there are decision records. */
export class TrafficFeed {
  readonly #ring: (Summary | null)[];
  readonly #trace: (requestId: string) => Trace | undefined;
  #next = 0;

  /** @param trace the whole record of a request that is still kept. */
  constructor(trace: (requestId: string) => Trace | undefined, capacity = 2000) {
    this.#ring = new Array<Summary | null>(capacity).fill(null);
    this.#trace = trace;
  }

  add(summary: Summary): void {
    this.#ring[this.#next] = summary;
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  /** Newest first. */
  *recent(): Generator<Summary> {
    const { length } = this.#ring;
    // Requests come in while a long page is made: each is seen once all the same.
    const start = this.#next;
    for (let back = 1; back <= length; back += 1) {
      const one = this.#ring[(start - back + length) % length];
      if (one === null || one === undefined) return;
      yield one;
    }
  }

  /**
   * Some of the last requests.
   *
   * @param before only those older than this one; nothing where it is not known any more.
   */
  async page(filter: TrafficFilter, limit: number, before: string | null): Promise<Page> {
    const rows: Summary[] = [];
    let begun = before === null;
    let parsed = 0;
    for (const summary of this.recent()) {
      if (!begun) {
        begun = summary.request_id === before;
        continue;
      }
      if (!filter.matches(summary)) continue;
      if (filter.policy !== null) {
        parsed += 1;
        if (parsed % recordsATurn === 0) await breathe();
        const trace = this.#trace(summary.request_id);
        if (trace === undefined || !hasPolicy(trace, filter.policy)) continue;
      }
      if (rows.length === limit) return { rows, next: rows.at(-1)!.request_id };
      rows.push(summary);
    }
    return { rows, next: null };
  }
}
