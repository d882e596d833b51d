import { monotonicUs } from '../clock.ts';
import { Histogram } from '../histogram.ts';
import type { MicroRow } from './row.ts';

const warmUpUs = 300_000;
const measureUs = 800_000;
/** A sample takes at least this long: the clock itself costs a tenth of a microsecond. */
const sampleUs = 20;

/** Results go here, so that the compiler cannot leave out work that nobody looks at. */
let sink: unknown;

/**
 * Measures a synchronous part. Calls shorter than a sample are measured in batches; percentiles are then of the
 * batches' means, which hides single slow calls but not how much the part costs.
 */
export function sampleCalls(name: string, call: () => unknown): MicroRow {
  const warmUntilUs = monotonicUs() + warmUpUs;
  const startedUs = monotonicUs();
  let calls = 0;
  while (monotonicUs() < warmUntilUs) {
    sink = call();
    calls++;
  }
  const batch = Math.max(1, Math.ceil(sampleUs / ((monotonicUs() - startedUs) / calls)));
  const histogram = new Histogram();
  const cpuBefore = process.cpuUsage();
  const untilUs = monotonicUs() + measureUs;
  let beganUs = monotonicUs();
  while (beganUs < untilUs) {
    for (let turn = 0; turn < batch; turn++) sink = call();
    const endedUs = monotonicUs();
    histogram.record((endedUs - beganUs) / batch);
    beganUs = endedUs;
  }
  return row(name, histogram, cpuBefore, histogram.count * batch);
}

/** Measures an asynchronous part, one call at a time. */
export async function sampleRoundTrips(name: string, call: () => Promise<unknown>): Promise<MicroRow> {
  const warmUntilUs = monotonicUs() + warmUpUs;
  while (monotonicUs() < warmUntilUs) sink = await call();
  const histogram = new Histogram();
  const cpuBefore = process.cpuUsage();
  const untilUs = monotonicUs() + measureUs;
  let beganUs = monotonicUs();
  while (beganUs < untilUs) {
    sink = await call();
    const endedUs = monotonicUs();
    histogram.record(endedUs - beganUs);
    beganUs = endedUs;
  }
  return row(name, histogram, cpuBefore, histogram.count);
}

/** The last result, for checks that a part did what it was measured for. */
export function lastResult(): unknown {
  return sink;
}

function row(name: string, histogram: Histogram, cpuBefore: NodeJS.CpuUsage, calls: number): MicroRow {
  const used = process.cpuUsage(cpuBefore);
  return {
    name,
    measured: true,
    p50Us: histogram.percentile(0.5),
    p99Us: histogram.percentile(0.99),
    cpuUs: (used.user + used.system) / calls,
    calls,
  };
}
