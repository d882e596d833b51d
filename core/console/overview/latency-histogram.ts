/** Four classes for each doubling: a percentile is off by a tenth at most. */
const classesPerDoubling = 4;
/** From a millisecond to eighteen minutes, which is longer than any request takes. */
export const latencyClasses = 20 * classesPerDoubling + 1;

/** The class of a duration. */
export function latencyClass(ms: number): number {
  if (!(ms > 1)) return 0;
  return Math.min(latencyClasses - 1, Math.ceil(Math.log2(ms) * classesPerDoubling));
}

/** The middle of a class, in milliseconds: the geometric mean of its ends. */
function middleMs(index: number): number {
  return index === 0 ? 1 : 2 ** ((index - 0.5) / classesPerDoubling);
}

/**
 * A percentile of the durations that were counted, in milliseconds.
 *
 * @param share 0.95 for the 95th.
 * @returns null where nothing was counted.
 */
export function percentileMs(counts: Uint32Array, share: number): number | null {
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0) return null;
  let left = Math.max(1, Math.ceil(total * share));
  for (let index = 0; index < counts.length; index += 1) {
    left -= counts[index]!;
    if (left <= 0) return Math.round(middleMs(index) * 10) / 10;
  }
  return null;
}
