import { setTimeout as pause } from 'node:timers/promises';

/** How LanceDB says that another process changed a table in between, so that the same may work now. */
const conflict = /commit conflict|preempted|concurrent|please retry|Too many concurrent writes/i;
const maxTries = 12;
const firstPauseMs = 10;
const maxPauseMs = 640;

export function isConflict(error: unknown): boolean {
  return error instanceof Error && conflict.test(error.message);
}

/** Does a change again when another process was faster. Whatever else fails fails at once. */
export async function retried<T>(change: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await change();
    } catch (error) {
      if (tries >= maxTries || !isConflict(error)) throw error;
    }
    // The process ids differ, and so do the pauses: two that were in each other's way are not so again.
    const share = 0.5 + ((process.pid * 2_654_435_761 * tries) % 1000) / 2000;
    await pause(Math.min(maxPauseMs, firstPauseMs * 2 ** tries) * share);
  }
}
