import { parentPort, workerData } from 'node:worker_threads';
import { FilterEngine } from './engine.ts';
import type { Evaluated, Job, JobResult, ThreadSetup } from './message.ts';

// Thread entry: one job after the other. An evaluation would hold the event loop for as long as its limits allow.

const { expressions, limits } = workerData as ThreadSetup;
const engine = new FilterEngine(expressions, limits, () => performance.now());

parentPort?.on('message', async (job: Job) => {
  parentPort?.postMessage(await evaluate(job));
});

async function evaluate({ expression, facts, inputs }: Job): Promise<JobResult> {
  const results: Evaluated[] = [];
  for (const input of inputs) {
    const result = await engine.evaluate(expression, { ...facts, ...input });
    if ('fault' in result) return result;
    results.push(result);
  }
  return results;
}
