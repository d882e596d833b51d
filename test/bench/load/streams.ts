import { setTimeout as sleep } from 'node:timers/promises';
import { requestBody } from '../bodies.ts';
import { monotonicUs } from '../clock.ts';
import { readStamps } from '../stamp.ts';
import { Connection } from './connection.ts';
import type { JobResult, StreamsJob } from './job.ts';
import { Tally } from './tally.ts';

/** Opens the streams and notes for every chunk how long it took from the upstream's write to its arrival here. */
export async function runStreams(job: StreamsJob, nextCount: () => number): Promise<JobResult> {
  const tally = new Tally();
  const startedUs = monotonicUs();
  const streams = Array.from({ length: job.streams }, async (_, index) => {
    await sleep(index * job.staggerMs);
    const connection = await Connection.open(
      job.port,
      requestBody('small', true),
      stampCollector((sentUs) => tally.latency.record(monotonicUs() - sentUs)),
    );
    await new Promise<void>((resolve) => {
      connection.send(nextCount(), (status, bodyStart) => {
        tally.answered(status, bodyStart);
        resolve();
      });
    });
    connection.close();
  });
  await Promise.all(streams);
  return tally.result(tally.latency.count / ((monotonicUs() - startedUs) / 1e6), null);
}

/** Reads stamps from a stream's pieces; one that is cut by a border is kept for the next piece. */
function stampCollector(found: (sentUs: number) => void): (bytes: Buffer) => void {
  let kept: Buffer | null = null;
  return (bytes) => {
    const all: Buffer = kept === null ? bytes : Buffer.concat([kept, bytes]);
    const used = readStamps(all, found);
    kept = used === all.length ? null : all.subarray(used);
  };
}
