import { parentPort, workerData } from 'node:worker_threads';
import { Checker } from './checker.ts';
import type { Check, ThreadSetup } from './message.ts';

// Thread entry: one check after the other. Schema and answer are other people's, and may take for ever together.

const checker = new Checker((workerData as ThreadSetup).maxSchemas);

parentPort?.on('message', (check: Check) => {
  parentPort?.postMessage(checker.check(check));
});
