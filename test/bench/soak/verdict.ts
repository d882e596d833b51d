/** One look at the gateway. */
export interface SoakSample {
  /** Since the start. */
  readonly seconds: number;
  readonly rssMb: number;
  readonly handles: number;
  readonly openFiles: number;
  /** Delay of the event loop since the look before, p99, in milliseconds. */
  readonly loopP99Ms: number;
}

export interface SoakCheck {
  readonly what: string;
  readonly wanted: string;
  readonly got: string;
  readonly holds: boolean;
}

/** Memory may differ by this between the first and the last quarter after the warm-up. */
const maxGrowth = 0.1;
/** Connections come and go between two looks: the fewest of a quarter are compared, which is what never goes. */
const handleSlack = 4;
const maxLoopMs = 20;

/** The first third fills caches, pools and rings: it is not looked at. */
export function afterWarmUp(samples: readonly SoakSample[]): readonly SoakSample[] {
  const end = samples.at(-1)?.seconds ?? 0;
  return samples.filter(({ seconds }) => seconds >= Math.min(600, end / 3));
}

/** What stayed where it was, and what did not. Medians of quarters: single looks swing with garbage collection. */
export function judgeSoak(all: readonly SoakSample[], failed: number, sent: number): readonly SoakCheck[] {
  const samples = afterWarmUp(all);
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const [first, last] = [samples.slice(0, quarter), samples.slice(-quarter)];
  const of = (some: readonly SoakSample[], field: keyof SoakSample) => median(some.map((one) => one[field]));
  const growth = of(last, 'rssMb') / of(first, 'rssMb') - 1;
  const loop = of(samples, 'loopP99Ms');
  return [
    {
      what: 'memory after the warm-up, last quarter to first',
      wanted: `within ${maxGrowth * 100} %`,
      got: `${of(first, 'rssMb').toFixed(0)} to ${of(last, 'rssMb').toFixed(0)} MiB (${(growth * 100).toFixed(1)} %)`,
      holds: growth <= maxGrowth,
    },
    ...(['handles', 'openFiles'] as const).map((field) => ({
      what: field === 'handles' ? 'active handles' : 'open files',
      wanted: `no more than ${handleSlack} more`,
      got: `${fewest(first, field)} to ${fewest(last, field)}`,
      holds: fewest(last, field) <= fewest(first, field) + handleSlack,
    })),
    {
      what: 'delay of the event loop, p99 of 10 s, median of all',
      wanted: `below ${maxLoopMs} ms`,
      got: `${loop.toFixed(1)} ms`,
      holds: loop < maxLoopMs,
    },
    {
      what: 'requests that failed',
      wanted: 'none',
      got: `${failed} of ${sent}`,
      holds: failed === 0,
    },
  ];
}

function fewest(samples: readonly SoakSample[], field: keyof SoakSample): number {
  return Math.min(...samples.map((one) => one[field]));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
