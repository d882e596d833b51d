import type { Trace } from '../../sdk/trace.ts';

/**
 * The traces of the last requests, in memory, for `GET /v1/decisions/{id}` and the console. Adding happens on every
 * request, looking up when a person asks: a ring of texts, so that what is kept is two objects for each request and
 * not a hundred, which every collection of the young generation would copy.
 */
export class TraceStore {
  readonly #ids: string[];
  readonly #texts: string[];
  #next = 0;

  /** @param capacity how many requests are kept; the oldest goes first. */
  constructor(capacity = 2000) {
    this.#ids = new Array<string>(capacity).fill('');
    this.#texts = new Array<string>(capacity).fill('');
  }

  add(trace: Trace): void {
    this.#ids[this.#next] = trace.requestId;
    this.#texts[this.#next] = JSON.stringify(trace);
    this.#next = (this.#next + 1) % this.#ids.length;
  }

  get(requestId: string): Trace | undefined {
    const index = this.#indexOf(requestId);
    return index < 0 ? undefined : (JSON.parse(this.#texts[index]!) as Trace);
  }

  /** A question for the request ended after its record was made. Nothing happens where that is not kept any more. */
  addAside(requestId: string, aside: Trace['asides'][number]): void {
    const index = this.#indexOf(requestId);
    if (index < 0) return;
    const trace = JSON.parse(this.#texts[index]!) as Trace;
    this.#texts[index] = JSON.stringify({ ...trace, asides: [...trace.asides, aside] });
  }

  #indexOf(requestId: string): number {
    return requestId === '' ? -1 : this.#ids.indexOf(requestId);
  }

  /** Newest first. */
  recent(count: number): Trace[] {
    const { length } = this.#ids;
    const traces: Trace[] = [];
    for (let back = 1; back <= length && traces.length < count; back += 1) {
      const text = this.#texts[(this.#next - back + length) % length]!;
      if (text === '') break;
      traces.push(JSON.parse(text) as Trace);
    }
    return traces;
  }
}
