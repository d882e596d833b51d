import type { Clock, Log } from '../../sdk/services.ts';
import type { GuestLimits } from './sandbox.ts';

/** What a sandbox is made from. */
export interface SandboxOptions {
  /** Modules that policy files may import, by specifier: JavaScript source. Everything else is refused. */
  readonly modules: Readonly<Record<string, string>>;
  /** Facts that cross only when a function reads them, by path such as `request.messages`; at most 30. */
  readonly largeFacts: readonly string[];
  /** Threads. Default 2, started with the first load. */
  readonly workers?: number;
  readonly clock: Clock;
  readonly log: Log;
  /** From the start of a call to the kill of its thread. Default 300. */
  readonly hardKillMs?: number;
  /** Limits of modules that say nothing themselves. Default 50 ms and 32 MiB. */
  readonly defaultLimits?: GuestLimits;
  /** Calls waiting in all, over which a call is refused as `unavailable`. Default 2000. */
  readonly maxQueuedCalls?: number;
}
