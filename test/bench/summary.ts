import type { BenchResult, Measured } from './bench.ts';
import { type Phase, phases, type Sample } from './measure.ts';
import { type Spread, spreadOf } from './spread.ts';

/** A target under full load that uses less of its core than this shared it with somebody. */
const ownCore = 0.85;

/** Throughput of one target with one body size. Ratios are to the bare proxy in the same round. */
export interface Throughput {
  readonly requestsPerSecond: Spread;
  readonly ratio: Spread;
  readonly cpuUsPerRequest: Spread;
  /** CPU per request of the bare proxy divided by the target's: above 1 is cheaper than bare. */
  readonly cpuRatio: Spread;
  /** Share of a core that the target used. Well below 1: something else held it back. */
  readonly busy: Spread;
  /** The target or the bare proxy did not have its core to itself: believe the CPU ratio, not the ratio. */
  readonly disturbed: boolean;
}

/** Latency that a target adds to the upstream's own, by round; microseconds. */
export interface AddedLatency {
  readonly p50Us: Spread;
  readonly p90Us: Spread;
  readonly p99Us: Spread;
  /** The target's p50 less that of the bare proxy in the same round: the part that is not hops and wake-ups. */
  readonly p50OverBareUs: Spread;
}

export interface TargetSummary {
  readonly name: Measured['name'];
  readonly small: Throughput;
  readonly large: Throughput;
  readonly latency: AddedLatency;
  readonly chunkDelay: AddedLatency;
  readonly startMs: Spread;
  readonly idleRssMb: number;
  readonly loadedRssMb: number;
  readonly requests: number;
  readonly failures: number;
  readonly firstFailure: string;
  /** Requests that the upstream did not see, of all. */
  readonly keptFromUpstream: number;
}

/** Puts the rounds of all targets together. */
export function summarize(bench: BenchResult): readonly TargetSummary[] {
  const bare = bench.targets[0]!;
  return bench.targets.map((target) => {
    const all = phases.flatMap((phase) => target.samples[phase]);
    return {
      name: target.name,
      small: throughput(target.samples.small, bare.samples.small),
      large: throughput(target.samples.large, bare.samples.large),
      latency: added(target, bench.direct, bare, 'rate'),
      chunkDelay: added(target, bench.direct, bare, 'streams'),
      startMs: spreadOf(target.startMs),
      idleRssMb: target.idleRssMb,
      loadedRssMb: target.loadedRssMb,
      requests: sum(all, (sample) => sample.result.requests),
      failures: sum(all, (sample) => sample.result.failures),
      firstFailure: all.find((sample) => sample.result.firstFailure !== '')?.result.firstFailure ?? '',
      keptFromUpstream: sum(all, (sample) => sample.keptFromUpstream),
    };
  });
}

function throughput(samples: readonly Sample[], bare: readonly Sample[]): Throughput {
  const answered = ({ result }: Sample): number =>
    result.perSecond * (1 - result.failures / Math.max(1, result.requests));
  return {
    requestsPerSecond: spreadOf(samples.map(answered)),
    ratio: spreadOf(samples.map((sample, round) => answered(sample) / answered(bare[round]!))),
    cpuUsPerRequest: spreadOf(samples.map((sample) => sample.cpuUsPerRequest)),
    cpuRatio: spreadOf(samples.map((one, round) => bare[round]!.cpuUsPerRequest / one.cpuUsPerRequest)),
    busy: spreadOf(samples.map((sample) => sample.busy)),
    disturbed: [samples, bare].some((of) => spreadOf(of.map(({ busy }) => busy)).median < ownCore),
  };
}

function added(target: Measured, direct: Measured, bare: Measured, phase: Phase): AddedLatency {
  const p50 = (sample: Sample): number => sample.result.latency.p50Us;
  return {
    p50Us: difference(target, direct, phase, p50),
    p90Us: difference(target, direct, phase, (sample) => sample.result.latency.p90Us),
    p99Us: difference(target, direct, phase, (sample) => sample.result.latency.p99Us),
    p50OverBareUs: difference(target, bare, phase, p50),
  };
}

/** Round by round, since the machine is not the same machine a minute later. */
function difference(one: Measured, other: Measured, phase: Phase, of: (sample: Sample) => number): Spread {
  return spreadOf(one.samples[phase].map((sample, round) => of(sample) - of(other.samples[phase][round]!)));
}

function sum(samples: readonly Sample[], of: (sample: Sample) => number): number {
  return samples.reduce((total, sample) => total + of(sample), 0);
}
