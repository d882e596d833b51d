import type { GuestLimits } from './sandbox.ts';

/** Limits of one call where its module says nothing. */
export const DEFAULT_LIMITS: Required<GuestLimits> = {
  // Fifty times the slowest honest function seen; a model call takes hundreds.
  ms: 50,
  // 16 MiB is what the engine needs to start, 5 of it C stack; the rest is the policy's.
  heapMb: 32,
};

/** How long a call may give the engine no chance to stop it, until its thread is killed. */
export const HARD_KILL_MS = 300;
/** So many times as long, and a thread is killed although its guest could be stopped from within: nobody did. */
export const KILL_ANYWAY = 20;
/** Soft and hard deadline of evaluating a module: of computing time, and without a chance to stop it. */
export const LOAD_MS = 500;
export const LOAD_KILL_MS = 1000;
/** Promise jobs of one call. `for (;;) await 0` ends here, deterministically. */
export const MAX_JOBS = 10_000;
/** The engine's own stack limit. With 8 MiB of thread stack no shape of recursion traps below 256 KiB. */
export const GUEST_STACK_BYTES = 128 * 1024;
export const WORKER_STACK_MIB = 8;
/** Kills of one module within the window that put it into quarantine for as long again. */
export const QUARANTINE_KILLS = 3;
export const QUARANTINE_MS = 60_000;
/** Calls waiting in all, over which a call is refused. */
export const MAX_QUEUED_CALLS = 2000;
/** Calls handed to one worker and not answered yet: enough to save hops, few enough to spread. */
export const MAX_IN_FLIGHT = 8;
/** Interrupt ticks per millisecond of the soft limit: about five times what was measured (13 to 18). */
export const FUEL_PER_MS = 100;
/** How often the watchdog looks, and after how long a running call's followers are taken to another thread. */
export const WATCH_MS = 10;
/** Turns of the event loop that look for answers before the main thread asks to be woken: a wake-up costs more. */
export const POLL_TURNS = 24;
/** Threads that failed to start in a row before the pool waits, and how long. */
export const MAX_BOOT_FAILURES = 3;
export const BOOT_RETRY_MS = 1000;
