import { RollingSums } from './rolling-sums.ts';

/** 10 ms to 20 minutes, each 15 percent above the one before: so far a quantile can be off. */
const boundsMs: readonly number[] = Array.from({ length: 84 }, (_, index) => 10 * 1.15 ** index);

/** Quantiles of times over the last five minutes, in bounded memory. */
export class Latency {
  readonly #sums = new RollingSums(30, 10_000, boundsMs.length + 1);

  add(nowMs: number, ms: number): void {
    this.#sums.add(nowMs, slotOf(ms));
  }

  /**
   * @param q 0 to 1.
   * @returns milliseconds, between the bounds as if times were spread evenly there; null below `atLeast` times.
   */
  quantile(nowMs: number, q: number, atLeast: number): number | null {
    const counts = [...boundsMs, 0].map((_, slot) => this.#sums.sum(nowMs, slot));
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total < atLeast) return null;
    const rank = q * total;
    let below = 0;
    for (const [slot, count] of counts.entries()) {
      if (below + count >= rank && count > 0) {
        const from = boundsMs[slot - 1] ?? 0;
        const to = boundsMs[slot] ?? from;
        return from + ((to - from) * (rank - below)) / count;
      }
      below += count;
    }
    return boundsMs.at(-1)!;
  }
}

function slotOf(ms: number): number {
  const slot = boundsMs.findIndex((bound) => ms <= bound);
  return slot < 0 ? boundsMs.length : slot;
}
