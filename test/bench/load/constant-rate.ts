import { Worker } from 'node:worker_threads';
import { requestBody } from '../bodies.ts';
import { monotonicUs } from '../clock.ts';
import { Histogram } from '../histogram.ts';
import { Connection, giveUpAfter } from './connection.ts';
import type { ConstantRateJob, JobResult } from './job.ts';
import { Tally } from './tally.ts';

/**
 * Sends on schedule, and counts each latency from the time its request was due: when the target stalls, the
 * requests that had to wait for a connection count as slow too. A loop that only sends when it has its answer
 * leaves those out and looks far better than it is.
 */
export async function runConstantRate(job: ConstantRateJob, nextCount: () => number): Promise<JobResult> {
  const body = requestBody(job.body, false);
  const opening = Array.from({ length: job.connections }, () => Connection.open(job.port, body, null));
  const idle = await Promise.all(opening);
  const all = [...idle];
  const callOff = giveUpAfter(job.seconds, all);
  const waiting: number[] = [];
  const tally = new Tally();
  const lateness = new Histogram();
  const total = Math.max(1, Math.round(job.perSecond * job.seconds));

  await new Promise<void>((resolve, reject) => {
    const send = (connection: Connection, dueUs: number): void => {
      lateness.record(monotonicUs() - dueUs);
      connection.send(nextCount(), (answer) => {
        tally.latency.record(monotonicUs() - dueUs);
        tally.answered(answer);
        const next = waiting.shift();
        if (next !== undefined) send(connection, next);
        else idle.push(connection);
        if (tally.requests === total) resolve();
      });
    };
    const ticker = startTicker(1e6 / job.perSecond, total);
    ticker.on('message', (dueUs: number) => {
      const connection = idle.pop();
      if (connection === undefined) waiting.push(dueUs);
      else send(connection, dueUs);
    });
    ticker.on('error', reject);
  });
  callOff();
  for (const connection of all) connection.close();
  return tally.result(job.perSecond, lateness);
}

function startTicker(intervalUs: number, count: number): Worker {
  return new Worker(new URL('./ticker.ts', import.meta.url), { workerData: { intervalUs, count } });
}
