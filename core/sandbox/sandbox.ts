import type { Json } from '../../sdk/json.ts';

/** A policy module for the sandbox. `source` is plain JavaScript, with the line numbers of its file. */
export interface GuestModule {
  /** Identifies the loaded instance: content hash and file name. */
  readonly key: string;
  /** File name, for stack traces. */
  readonly file: string;
  readonly source: string;
  readonly limits?: GuestLimits;
}

export interface GuestLimits {
  /** Soft deadline of one call, milliseconds. Default 50. */
  readonly ms?: number;
  /** Hard maximum of the instance's linear memory, MiB. Default 32. */
  readonly heapMb?: number;
}

/** Why guest code did not give a result. `cpu` and `memory` swap under load; treat them alike. */
export type GuestFault =
  | 'cpu'
  | 'memory'
  | 'stack'
  | 'error'
  | 'output-cap'
  | 'reject-decision'
  | 'quarantined'
  | 'unavailable';

export interface GuestLog {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
}

/** The module was evaluated: `plan` is what it registered, plain JSON, not validated yet. */
export interface GuestLoaded {
  readonly ok: true;
  readonly plan: Json;
  readonly logs: readonly GuestLog[];
}

export interface GuestFailed {
  readonly ok: false;
  readonly fault: GuestFault | 'reject-load';
  /** For the author: the guest's message, or what limit was passed. */
  readonly message: string;
  /** 1-based line and column in the module's file; 0 where unknown. */
  readonly line: number;
  readonly column: number;
  readonly logs: readonly GuestLog[];
}

/** A call of one function that the module registered with `fn()` or `run()`. */
export interface GuestCall {
  readonly key: string;
  /** Index of the function in the order of registration. */
  readonly fn: number;
  /** Name of the facts and the JSON text of each; see `facts` of the sandbox. */
  readonly facts: GuestFacts;
  /** The guest's `Date.now()`: the request's arrival, milliseconds since the epoch. */
  readonly nowMs: number;
  /** Seeds the guest's `Math.random()`: same seed, same numbers. */
  readonly seed: string;
}

/**
 * The facts of a call. The small part always crosses; a large fact crosses only when the function reads it:
 * on the first miss the call is repeated with it, and from then on it is sent along for that function.
 */
export interface GuestFacts {
  /** JSON text of the context without the large facts. */
  small(): string;
  /** JSON text of one large fact, by its path such as `request.messages`. */
  large(path: string): string;
}

export interface GuestReturned {
  readonly ok: true;
  readonly value: Json;
  /** Interrupt ticks used. */
  readonly fuel: number;
  readonly logs: readonly GuestLog[];
}

export interface SandboxStats {
  readonly workers: number;
  readonly calls: number;
  readonly kills: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly quarantined: readonly string[];
}

/** Runs policy code in worker threads that can be killed. Nothing it does throws for a guest's fault. */
export interface Sandbox {
  load(module: GuestModule): Promise<GuestLoaded | GuestFailed>;
  call(call: GuestCall): Promise<GuestReturned | GuestFailed>;
  /** Frees the instances of a module that no request uses any more. */
  release(key: string): void;
  stats(): SandboxStats;
  close(): Promise<void>;
}
