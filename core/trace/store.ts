import type { Trace } from '../../sdk/trace.ts';

/** The traces of the last requests, in memory, for `GET /v1/decisions/{id}` and the console. */
export class TraceStore {
  readonly #capacity: number;
  readonly #traces = new Map<string, Trace>();

  /** @param capacity how many requests are kept; the oldest goes first. */
  constructor(capacity = 2000) {
    this.#capacity = capacity;
  }

  add(trace: Trace): void {
    if (this.#traces.size >= this.#capacity) {
      const oldest = this.#traces.keys().next().value;
      if (oldest !== undefined) this.#traces.delete(oldest);
    }
    this.#traces.set(trace.requestId, trace);
  }

  get(requestId: string): Trace | undefined {
    return this.#traces.get(requestId);
  }

  /** Newest first. */
  recent(count: number): Trace[] {
    return [...this.#traces.values()].slice(-count).reverse();
  }
}
