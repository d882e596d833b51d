import { requestBody } from '../bodies.ts';
import { monotonicUs } from '../clock.ts';
import { Connection } from './connection.ts';
import type { ClosedLoopJob, JobResult } from './job.ts';
import { Tally } from './tally.ts';

/** Runs until the time is up and every request has its answer. Throughput counts answers within the time only. */
export async function runClosedLoop(job: ClosedLoopJob, nextCount: () => number): Promise<JobResult> {
  const body = requestBody(job.body, false);
  const opening = Array.from({ length: job.connections }, () => Connection.open(job.port, body, null));
  const connections = await Promise.all(opening);
  const tally = new Tally();
  const endUs = monotonicUs() + job.seconds * 1e6;
  let inTime = 0;

  await Promise.all(
    connections.map(
      (connection) =>
        new Promise<void>((resolve) => {
          let sentUs = 0;
          const onAnswer = (status: number, bodyStart: string): void => {
            const nowUs = monotonicUs();
            tally.latency.record(nowUs - sentUs);
            tally.answered(status, bodyStart);
            if (nowUs < endUs) inTime++;
            if (nowUs >= endUs || connection.broken) resolve();
            else sendNext();
          };
          const sendNext = (): void => {
            sentUs = monotonicUs();
            connection.send(nextCount(), onAnswer);
          };
          sendNext();
        }),
    ),
  );
  for (const connection of connections) connection.close();
  return tally.result(inTime / job.seconds, null);
}
