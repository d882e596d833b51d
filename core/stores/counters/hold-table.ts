import type { Counter } from './counter.ts';
import { ExpiryHeap } from './expiry-heap.ts';
import { absent, IdTable } from './id-table.ts';

/** What `find` says of ids that are no open holds; indexes of open ones are smaller. */
export const settled = 0x40000000;
export const expired = 0x40000001;
export { absent };

/** Ended ids are remembered this long, and this many of them: here an answer cannot get lost on its way. */
const rememberMs = 600_000;
const remembered = 8192;

/** What one request holds. Objects are used again: they are old, and refer to nothing of the request but its id. */
export interface OpenHold {
  id: string;
  readonly counters: Counter[];
  readonly amounts: number[];
  /** For rates: the bucket as it was right after. */
  readonly used: number[];
  readonly credits: number[];
  atMs: number;
}

/** Holds under way by id and by expiry, and the ids that ended lately. */
export class HoldTable {
  readonly #ids = new IdTable(4096);
  readonly #expiry = new ExpiryHeap();
  readonly #pool: OpenHold[] = [];
  readonly #free: number[] = [];
  readonly #ended: (string | undefined)[] = new Array(remembered).fill(undefined);
  readonly #endedAtMs = new Float64Array(remembered);
  #firstEnded = 0;
  #endedCount = 0;

  /** How many are open. */
  get size(): number {
    return this.#expiry.size;
  }

  /** Index of an open hold, or `absent`, `settled`, `expired`. */
  find(id: string): number {
    return this.#ids.find(id);
  }

  at(index: number): OpenHold {
    return this.#pool[index]!;
  }

  expiresAtMs(index: number): number {
    return this.#expiry.atMs(index);
  }

  /** An open hold that has expired, or -1. */
  due(nowMs: number): number {
    return this.#expiry.due(nowMs);
  }

  open(id: string, nowMs: number, ttlMs: number): OpenHold {
    let index = this.#free.pop();
    if (index === undefined) {
      index = this.#pool.length;
      this.#pool.push({ id, counters: [], amounts: [], used: [], credits: [], atMs: nowMs });
    }
    const hold = this.#pool[index]!;
    hold.id = id;
    hold.atMs = nowMs;
    this.#ids.set(id, index);
    this.#expiry.set(index, nowMs + ttlMs);
    return hold;
  }

  /** Never makes a hold end earlier. */
  extend(index: number, untilMs: number): void {
    if (untilMs > this.#expiry.atMs(index)) this.#expiry.set(index, untilMs);
  }

  /** Ends an open hold and remembers how. */
  close(index: number, how: typeof settled | typeof expired, nowMs: number): void {
    const hold = this.#pool[index]!;
    this.#expiry.remove(index);
    this.#free.push(index);
    this.end(hold.id, how, nowMs);
    hold.id = '';
    hold.counters.length = 0;
    hold.amounts.length = 0;
    hold.used.length = 0;
    hold.credits.length = 0;
  }

  /** Remembers that an id has ended. */
  end(id: string, how: typeof settled | typeof expired, nowMs: number): void {
    const known = this.#ids.find(id);
    this.#ids.set(id, how);
    if (known === expired) return;
    if (this.#endedCount === remembered) this.#forgetOne();
    const slot = (this.#firstEnded + this.#endedCount) % remembered;
    this.#ended[slot] = id;
    this.#endedAtMs[slot] = nowMs;
    this.#endedCount += 1;
  }

  /** Forgets up to two ids that ended long ago: more than come with each call. */
  forget(nowMs: number): void {
    for (let step = 0; step < 2 && this.#endedCount > 0; step += 1) {
      if (nowMs - this.#endedAtMs[this.#firstEnded]! < rememberMs) return;
      this.#forgetOne();
    }
  }

  /** Open holds that count against a counter and have not expired. */
  of(
    counter: Counter,
    nowMs: number,
  ): { readonly id: string; readonly amount: number; readonly atMs: number }[] {
    const found: { id: string; amount: number; atMs: number }[] = [];
    for (let index = 0; index < this.#pool.length; index += 1) {
      const { id, counters, amounts } = this.#pool[index]!;
      const place = counters.indexOf(counter);
      if (place < 0 || this.#expiry.atMs(index) <= nowMs) continue;
      found.push({ id, amount: amounts[place]!, atMs: this.#expiry.atMs(index) });
    }
    return found.sort((a, b) => a.atMs - b.atMs);
  }

  #forgetOne(): void {
    this.#ids.delete(this.#ended[this.#firstEnded]!);
    this.#ended[this.#firstEnded] = undefined;
    this.#firstEnded = (this.#firstEnded + 1) % remembered;
    this.#endedCount -= 1;
  }
}
