import { requestBody } from '../bodies.ts';
import { monotonicUs } from '../clock.ts';
import { type Answered, Connection, giveUpAfter } from './connection.ts';
import type { ClosedLoopJob, JobResult } from './job.ts';
import { Tally } from './tally.ts';

/** Runs until the time is up and every request has its answer. Throughput counts answers within the time only. */
export async function runClosedLoop(job: ClosedLoopJob, nextCount: () => number): Promise<JobResult> {
  const body = requestBody(job.body, false);
  const opening = Array.from({ length: job.connections }, () => Connection.open(job.port, body, null));
  const connections = await Promise.all(opening);
  const callOff = giveUpAfter(job.seconds, connections);
  const tally = new Tally();
  const endUs = monotonicUs() + job.seconds * 1e6;
  let inTime = 0;

  await Promise.all(
    connections.map(
      (connection) =>
        new Promise<void>((resolve) => {
          let sentUs = 0;
          const onAnswer = (answer: Answered): void => {
            const nowUs = monotonicUs();
            tally.latency.record(nowUs - sentUs);
            tally.answered(answer);
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
  callOff();
  for (const connection of connections) connection.close();
  return tally.result(inTime / job.seconds, null);
}
