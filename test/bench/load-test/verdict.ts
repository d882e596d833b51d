import { failureCount, type SteadyResult } from '../traffic/steady.ts';
import type { LoadOptions } from './options.ts';

/** What came of a load test. `unclear`: the machine could not send in time, so that nothing follows. */
export interface LoadVerdict {
  readonly verdict: 'pass' | 'fail' | 'unclear';
  readonly requests: number;
  readonly perSecond: number;
  readonly errors: number;
  readonly errorShare: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly firstByteMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly wholeMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** p95 of how late the generator itself was. */
  readonly latenessMs: number;
  readonly why: string;
}

/** Judges what was measured. Latencies count from the time that requests were due. */
export function judgeLoad(result: SteadyResult, options: LoadOptions): LoadVerdict {
  const errors = failureCount(result);
  const errorShare = errors / Math.max(1, result.sent);
  const times = (histogram: SteadyResult['whole']) => ({
    p50: ms(histogram.percentile(0.5)),
    p95: ms(histogram.percentile(0.95)),
    p99: ms(histogram.percentile(0.99)),
  });
  const firstByteMs = times(result.firstByte);
  const latenessMs = ms(result.lateness.percentile(0.95));
  const base = {
    requests: result.sent,
    perSecond: options.peak * options.factor,
    errors,
    errorShare,
    failures: Object.fromEntries(result.failures),
    firstByteMs,
    wholeMs: times(result.whole),
    latenessMs,
  };
  if (errorShare > options.maxErrors) {
    const why = `${percent(errorShare)} of the requests failed, more than ${percent(options.maxErrors)}`;
    return { ...base, verdict: 'fail', why };
  }
  if (!(firstByteMs.p95 > options.p95Ms)) {
    const why = `p95 ${firstByteMs.p95} ms, ${percent(errorShare)} failed`;
    return { ...base, verdict: Number.isNaN(firstByteMs.p95) ? 'fail' : 'pass', why };
  }
  if (latenessMs > options.p95Ms / 2) {
    const why = `requests were sent ${latenessMs} ms late (p95): this machine cannot send so many; use another one, or send less`;
    return { ...base, verdict: 'unclear', why };
  }
  return { ...base, verdict: 'fail', why: `p95 is ${firstByteMs.p95} ms, above ${options.p95Ms} ms` };
}

function ms(us: number): number {
  return Math.round(us / 10) / 100;
}

function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100} %`;
}
