import type { Trace } from '../../sdk/trace.ts';

/**
 * The traces of the last requests, in memory, for `GET /v1/decisions/{id}` and the console. A ring, not a map: adding
 * happens on every request, looking up when a person asks.
 */
export class TraceStore {
  readonly #ring: (Trace | undefined)[];
  #next = 0;

  /** @param capacity how many requests are kept; the oldest goes first. */
  constructor(capacity = 2000) {
    this.#ring = new Array<Trace | undefined>(capacity).fill(undefined);
  }

  add(trace: Trace): void {
    this.#ring[this.#next] = trace;
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  get(requestId: string): Trace | undefined {
    return this.#ring.find((trace) => trace?.requestId === requestId);
  }

  /** Newest first. */
  recent(count: number): Trace[] {
    const { length } = this.#ring;
    const traces: Trace[] = [];
    for (let back = 1; back <= length && traces.length < count; back += 1) {
      const trace = this.#ring[(this.#next - back + length) % length];
      if (trace === undefined) break;
      traces.push(trace);
    }
    return traces;
  }
}
