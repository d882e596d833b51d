import { monotonicUs } from './clock.ts';
import type { Job, JobResult } from './load/job.ts';
import type { Child } from './processes/child.ts';
import { cpuUs } from './processes/proc.ts';

/** The kinds of measurement that a round makes of each target. */
export type Phase = 'small' | 'large' | 'rate' | 'streams';

export const phases: readonly Phase[] = ['small', 'large', 'rate', 'streams'];

/** Connections of the closed loop: enough to keep one core busy, few enough not to measure a queue. */
export const closedLoopConnections = 16;
/** Requests per second of the latency measurement. */
export const constantRate = 500;
/** Chunks of a stream come this far apart (50 a second is what models do), on each of so many streams. */
export const chunkIntervalMs = 20;
export const streamCount = 20;

/** One measurement. */
export interface Sample {
  readonly result: JobResult;
  /** CPU time of the target per request, microseconds; NaN where it cannot be read. */
  readonly cpuUsPerRequest: number;
  /** Share of a core that the target used while it was measured, 0 to 1 and above with threads. */
  readonly busy: number;
  /** Requests that the upstream never saw: answered from a cache, or refused. */
  readonly keptFromUpstream: number;
}

/** What measuring needs. */
export interface Rig {
  readonly upstream: Child;
  readonly load: Child;
  readonly chunksPerStream: number;
}

/** Runs one measurement of a target. */
export async function measure(rig: Rig, target: Child, phase: Phase, seconds: number): Promise<Sample> {
  const servedBefore = await served(rig.upstream);
  const cpuBefore = cpuUs(target.pid);
  const startedUs = monotonicUs();
  const result = await runJob(rig.load, jobOf(phase, target.port, seconds, rig.chunksPerStream));
  const wallUs = monotonicUs() - startedUs;
  const usedUs = cpuUs(target.pid) - cpuBefore;
  return {
    result,
    cpuUsPerRequest: usedUs / result.requests,
    busy: usedUs / wallUs,
    keptFromUpstream: result.requests - ((await served(rig.upstream)) - servedBefore),
  };
}

function jobOf(phase: Phase, port: number, seconds: number, chunks: number): Job {
  if (phase === 'rate') {
    return { kind: 'rate', port, body: 'small', perSecond: constantRate, connections: 64, seconds };
  }
  if (phase === 'streams') {
    return {
      kind: 'streams',
      port,
      streams: streamCount,
      chunks,
      staggerMs: chunkIntervalMs / streamCount,
      seconds,
    };
  }
  return { kind: 'closed', port, body: phase, connections: closedLoopConnections, seconds };
}

async function runJob(load: Child, job: Job): Promise<JobResult> {
  const answer = (await load.ask(job)) as { result?: JobResult; error?: string };
  if (answer.result === undefined)
    throw new Error(`the load generator could not do its job: ${answer.error}`);
  return answer.result;
}

async function served(upstream: Child): Promise<number> {
  return ((await upstream.ask({ kind: 'served' })) as { served: number }).served;
}
