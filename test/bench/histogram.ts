/** Buckets per doubling of the value: two neighbours differ by 1.1 %. */
const bucketsPerOctave = 64;
/** Smallest value told apart, in microseconds. */
const floorUs = 0.05;
/** 30 doublings above the floor: up to 53 seconds. */
const bucketCount = 30 * bucketsPerOctave;

/** What a histogram says of its samples; all in microseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

/**
 * Counts latencies in logarithmic buckets: constant memory, no allocation per sample, and percentiles that are
 * right to about one per cent whatever their size. Keeping every sample would make the load generator collect
 * garbage while it measures.
 */
export class Histogram {
  readonly #buckets = new Uint32Array(bucketCount);
  #count = 0;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds one latency. Negative ones, which clocks that differ a little can give, count as the smallest. */
  record(us: number): void {
    const index = us <= floorUs ? 0 : Math.floor(Math.log2(us / floorUs) * bucketsPerOctave);
    const slot = Math.min(index, bucketCount - 1);
    this.#buckets[slot] = this.#buckets[slot]! + 1;
    this.#count++;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  /** The value below which `share` (0 to 1) of the samples lie, in microseconds; NaN without samples. */
  percentile(share: number): number {
    if (this.#count === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let index = 0; index < bucketCount; index++) {
      seen += this.#buckets[index]!;
      if (seen >= rank) return Math.min(bucketMiddleUs(index), this.#maxUs);
    }
    return this.#maxUs;
  }

  summary(): LatencySummary {
    return {
      count: this.#count,
      p50Us: this.percentile(0.5),
      p90Us: this.percentile(0.9),
      p99Us: this.percentile(0.99),
      maxUs: this.#maxUs,
    };
  }
}

function bucketMiddleUs(index: number): number {
  return floorUs * 2 ** ((index + 0.5) / bucketsPerOctave);
}
