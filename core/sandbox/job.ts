import type { ModuleEntry } from './module-entry.ts';
import type { GuestCall, GuestFailed, GuestReturned } from './sandbox.ts';
import { seedOf } from './seed.ts';

/** A call waiting for its answer. */
export interface Job {
  readonly entry: ModuleEntry;
  readonly call: GuestCall;
  readonly seedA: number;
  readonly seedB: number;
  readonly resolve: (result: GuestReturned | GuestFailed) => void;
  readonly reject: (error: unknown) => void;
  small: string | undefined;
  done: boolean;
}

export function newJob(
  entry: ModuleEntry,
  call: GuestCall,
  resolve: Job['resolve'],
  reject: Job['reject'],
): Job {
  const [seedA, seedB] = seedOf(call.seed);
  return { entry, call, seedA, seedB, resolve, reject, small: undefined, done: false };
}

/** A job that was sent to a thread. */
export interface Flight {
  readonly job: Job;
  /** Large facts that were sent with it, as bits. */
  readonly sent: number;
  /** Where it waits in the mailbox. */
  readonly at: number;
}
