import type { Summary } from '../../api/types.ts';

/** More than anybody scrolls through, and still smooth. */
export const mostRows = 10_000;

/**
 * The requests on the screen, newest first, each once, however often and in whatever order they come. While it is held,
 * what comes waits, so that nothing moves under who is reading.
 */
export class TrafficList {
  rows: readonly Summary[] = [];
  /** How many came since it is held; the oldest of them are forgotten beyond `mostRows`. */
  waitingCount = 0;
  #waiting: Summary[] = [];
  #held = false;
  #known = new Set<string>();

  /** No older ones fit. */
  get full(): boolean {
    return this.rows.length >= mostRows;
  }

  get held(): boolean {
    return this.#held;
  }

  /** What the live tail brought. */
  push(batch: readonly Summary[]): void {
    const fresh = this.#unknown(batch);
    if (fresh.length === 0) return;
    if (this.#held) {
      this.#waiting.push(...fresh);
      this.waitingCount += fresh.length;
      if (this.#waiting.length > 2 * mostRows)
        this.#forget(this.#waiting.splice(0, this.#waiting.length - mostRows));
      return;
    }
    this.#show(fresh);
  }

  /** Older ones, from below. */
  append(page: readonly Summary[]): void {
    const fresh = this.#unknown(page);
    const all = [...this.rows, ...fresh.sort(newestFirst)];
    this.#forget(all.splice(mostRows));
    this.rows = all;
  }

  /** Stops or lets go; what waited is shown then. */
  hold(held: boolean): void {
    this.#held = held;
    if (held) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.waitingCount = 0;
    if (waiting.length > 0) this.#show(waiting);
  }

  /** Begins anew, such as under other filters. */
  clear(): void {
    this.rows = [];
    this.#waiting = [];
    this.waitingCount = 0;
    this.#known.clear();
  }

  #show(fresh: Summary[]): void {
    fresh.sort(newestFirst);
    const all = [...fresh, ...this.rows];
    // Requests are told of when they end, and pages overlap with the tail: mostly nothing is out of order.
    const first = this.rows[0];
    if (first !== undefined && newestFirst(fresh.at(-1)!, first) > 0) all.sort(newestFirst);
    this.#forget(all.splice(mostRows));
    this.rows = all;
  }

  #unknown(rows: readonly Summary[]): Summary[] {
    return rows.filter(({ request_id: id }) => {
      if (this.#known.has(id)) return false;
      this.#known.add(id);
      return true;
    });
  }

  #forget(rows: readonly Summary[]): void {
    for (const { request_id: id } of rows) this.#known.delete(id);
  }
}

/** ISO times of one gateway compare as text. */
function newestFirst(a: Summary, b: Summary): number {
  return a.at < b.at ? 1 : a.at > b.at ? -1 : 0;
}
