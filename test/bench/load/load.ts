/** The load generator, a process of its own: gets a job as a message, answers with what it found. */
import { runClosedLoop } from './closed-loop.ts';
import { runConstantRate } from './constant-rate.ts';
import type { Job, JobResult } from './job.ts';
import { runStreams } from './streams.ts';

let count = 0;
const nextCount = (): number => count++;

process.on('message', (job: Job) => {
  run(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.stderr.write('listening for jobs\n');

function run(job: Job): Promise<JobResult> {
  if (job.kind === 'closed') return runClosedLoop(job, nextCount);
  if (job.kind === 'rate') return runConstantRate(job, nextCount);
  return runStreams(job, nextCount);
}
