import { arch, cpus, platform } from 'node:os';
import type { BenchResult } from './bench.ts';
import { chunkIntervalMs, closedLoopConnections, constantRate, streamCount } from './measure.ts';
import { formatMicro } from './micro/micro.ts';
import type { MicroRow } from './micro/row.ts';
import type { BenchOptions } from './options.ts';
import { hasProc } from './processes/proc.ts';
import type { Spread } from './spread.ts';
import { type AddedLatency, summarize, type TargetSummary, type Throughput } from './summary.ts';
import { formatNumber, formatTable } from './table.ts';
import { type Judgement, judge } from './targets.ts';
import { variantTitles } from './variants.ts';

/** The whole outcome of a run, as `--json` prints it. Times are microseconds unless the name says otherwise. */
export interface Report {
  readonly node: string;
  readonly machine: string;
  readonly rounds: number;
  readonly secondsPerMeasurement: number;
  readonly pinning: string;
  /** False where CPU and memory could not be read; those numbers are null then. */
  readonly proc: boolean;
  /** Requests per second of the upstream without a proxy: the most that this set-up can measure. */
  readonly ceiling: { readonly small: number; readonly large: number };
  /** How late the load generator was on schedule, part of every latency and taken out with the direct run's. */
  readonly generatorLatenessP99Us: number;
  readonly targets: readonly TargetSummary[];
  readonly skipped: BenchResult['skipped'];
  readonly micro: readonly MicroRow[];
  readonly judgements: readonly Judgement[];
}

export function toReport(bench: BenchResult, micro: readonly MicroRow[], options: BenchOptions): Report {
  const targets = summarize(bench);
  const direct = bench.direct.samples;
  return {
    node: process.version,
    machine: `${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
    rounds: options.rounds,
    secondsPerMeasurement: options.seconds,
    pinning: bench.pinning.words,
    proc: hasProc(),
    ceiling: {
      small: direct.small[0]?.result.perSecond ?? Number.NaN,
      large: direct.large[0]?.result.perSecond ?? Number.NaN,
    },
    generatorLatenessP99Us: Math.max(
      ...direct.rate.map(({ result }) => result.lateness?.p99Us ?? Number.NaN),
    ),
    targets,
    skipped: bench.skipped,
    micro,
    judgements: judge(targets, micro),
  };
}

/** The tables that people read. */
export function formatReport(report: Report): string {
  const { targets } = report;
  return [
    `Node ${report.node} on ${report.machine}; ${report.pinning}.`,
    `${report.rounds} rounds of ${report.secondsPerMeasurement} s for each measurement; medians, (least–most) of the rounds.`,
    report.proc ? '' : 'No /proc on this system: CPU and memory are not measured.\n',
    `Throughput, ${closedLoopConnections} connections; ratios to the bare proxy in the same round`,
    throughputTable(targets, 'small', '185 B'),
    '',
    throughputTable(targets, 'large', '40 KB'),
    `The upstream alone: ${formatNumber(report.ceiling.small)} and ${formatNumber(report.ceiling.large)} requests/s.`,
    '',
    `Added latency at ${constantRate} requests/s, constant rate, from the scheduled time, µs`,
    latencyTable(targets, (target) => target.latency),
    `The load generator was up to ${formatNumber(report.generatorLatenessP99Us)} µs late itself (p99); the direct run has that too.`,
    '',
    `Added delay per SSE chunk, ${streamCount} streams with a chunk every ${chunkIntervalMs} ms, µs`,
    latencyTable(targets, (target) => target.chunkDelay),
    '',
    'Start and memory',
    formatTable(
      ['target', 'start ms', 'RSS MiB at start', 'after load'],
      targets.map((one) => [
        title(one),
        withSpread(one.startMs),
        formatNumber(one.idleRssMb),
        formatNumber(one.loadedRssMb),
      ]),
    ),
    '',
    ...remarks(report),
    ...(report.micro.length > 0 ? ['Inside the gateway', formatMicro(report.micro), ''] : []),
    'Promises (default program + three policies)',
    judgementTable(report.judgements),
  ].join('\n');
}

function throughputTable(targets: readonly TargetSummary[], size: 'small' | 'large', words: string): string {
  return formatTable(
    [words, 'requests/s', 'ratio', 'CPU µs/request', 'CPU ratio', 'core busy'],
    targets.map((target) => {
      const of: Throughput = target[size];
      return [
        title(target),
        formatNumber(of.requestsPerSecond.median),
        withSpread(of.ratio),
        withSpread(of.cpuUsPerRequest),
        withSpread(of.cpuRatio),
        Number.isNaN(of.busy.median) ? '–' : `${Math.round(of.busy.median * 100)} %`,
      ];
    }),
  );
}

function latencyTable(
  targets: readonly TargetSummary[],
  of: (target: TargetSummary) => AddedLatency,
): string {
  return formatTable(
    ['target', 'p50', 'p90', 'p99', 'p50 over bare'],
    targets.map((target) => {
      const { p50Us, p90Us, p99Us, p50OverBareUs } = of(target);
      return [
        title(target),
        withSpread(p50Us),
        withSpread(p90Us),
        withSpread(p99Us),
        withSpread(p50OverBareUs),
      ];
    }),
  );
}

function judgementTable(judgements: readonly Judgement[]): string {
  return formatTable(
    ['promise', 'wanted', 'measured', ''],
    judgements.map(({ what, wanted, got, verdict }) => [what, wanted, got, verdict]),
  );
}

/** What a reader must know before believing a number. */
function remarks(report: Report): readonly string[] {
  const lines: string[] = [];
  for (const { name, why } of report.skipped) lines.push(`Skipped: ${variantTitles[name]}: ${why}`);
  for (const target of report.targets) {
    const { failures, requests, firstFailure, keptFromUpstream } = target;
    if (failures > 0)
      lines.push(`${title(target)}: ${failures} of ${requests} requests failed: ${firstFailure}`);
    else if (keptFromUpstream > 0) {
      lines.push(`${title(target)}: ${keptFromUpstream} of ${requests} requests never reached the upstream`);
    }
    if (target.small.disturbed || target.large.disturbed) {
      lines.push(`${title(target)}: a core was shared with somebody; believe its CPU ratio, not its ratio`);
    }
  }
  return lines.length > 0 ? [...lines, ''] : [];
}

function title(target: TargetSummary): string {
  return variantTitles[target.name];
}

function withSpread({ median, min, max }: Spread): string {
  if (Number.isNaN(median)) return '–';
  if (min === max) return formatNumber(median);
  return `${formatNumber(median)} (${formatNumber(min)}–${formatNumber(max)})`;
}
