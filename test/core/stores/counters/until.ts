import { setTimeout as pause } from 'node:timers/promises';

/** Waits for something that another process does. It fails by the test's own timeout. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(2);
}
