/**
 * Worker thread that wakes the load generator at a fixed rate. Timers of the event loop are whole milliseconds;
 * a futex wait is exact to some ten microseconds and leaves the core to the upstream meanwhile, which spinning
 * would not.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { monotonicUs } from '../clock.ts';

const { intervalUs, count } = workerData as { intervalUs: number; count: number };
const never = new Int32Array(new SharedArrayBuffer(4));
const startedUs = monotonicUs();

for (let tick = 0; tick < count; tick++) {
  const dueUs = startedUs + tick * intervalUs;
  const waitUs = dueUs - monotonicUs();
  if (waitUs > 0) Atomics.wait(never, 0, 0, waitUs / 1000);
  parentPort?.postMessage(dueUs);
}
