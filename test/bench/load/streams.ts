import { setTimeout as sleep } from 'node:timers/promises';
import { requestBody } from '../bodies.ts';
import { monotonicUs } from '../clock.ts';
import { readStamps } from '../stamp.ts';
import { Connection, giveUpAfter } from './connection.ts';
import type { JobResult, StreamsJob } from './job.ts';
import { Tally } from './tally.ts';

/** Opens the streams and notes for every chunk how long it took from the upstream's write to its arrival here. */
export async function runStreams(job: StreamsJob, nextCount: () => number): Promise<JobResult> {
  const tally = new Tally();
  const startedUs = monotonicUs();
  const streams = Array.from({ length: job.streams }, async (_, index) => {
    await sleep(index * job.staggerMs);
    let seen = 0;
    const onBody = stampCollector((sentUs) => {
      seen++;
      tally.latency.record(monotonicUs() - sentUs);
    });
    const connection = await Connection.open(job.port, requestBody('small', true), onBody);
    const callOff = giveUpAfter(job.seconds, [connection]);
    await new Promise<void>((resolve) => {
      connection.send(nextCount(), (answer) => {
        const whole = tally.answered(answer);
        if (whole && seen !== job.chunks) tally.failed(`a stream brought ${seen} of ${job.chunks} chunks`);
        resolve();
      });
    });
    callOff();
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
