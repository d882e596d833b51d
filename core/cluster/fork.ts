import cluster from 'node:cluster';
import type { Port } from './line.ts';
import type { WorkerProcess } from './worker-process.ts';

/** True in a process that `forkWorker` started. */
export const isWorker = cluster.isWorker;

/**
 * Starts this very command once more as a worker: connections that come to the primary process are handed to the workers
 * in turn.
 *
 * @param script that the command line runs.
 */
export function forkWorker(script: string, args: readonly string[]): WorkerProcess {
  cluster.setupPrimary({ exec: script, args: [...args], silent: false });
  const worker = cluster.fork();
  return {
    pid: worker.process.pid ?? 0,
    port: {
      send(message) {
        // One that is gone says so by itself.
        if (worker.isConnected()) worker.send(message, () => undefined);
      },
      onMessage: (run) => void worker.on('message', run),
    },
    kill: () => void worker.process.kill('SIGKILL'),
    onExit(run) {
      worker.once('exit', (code, signal) => run(signal ?? `code ${code}`));
    },
  };
}

/** The line of a worker to its primary process. */
export function primaryPort(): Port {
  return {
    send(message) {
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage: (run) => void process.on('message', run),
  };
}

/** The primary process is gone: nobody hands connections over any more. */
export function onPrimaryGone(run: () => void): void {
  // By itself a worker that loses its primary process ends at once, in the middle of its answers.
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  process.once('disconnect', run);
}

/** No longer waits for messages: the process may end. */
export function leavePrimary(): void {
  if (process.connected) process.disconnect();
}
