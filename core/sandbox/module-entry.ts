import type { Json } from '../../sdk/json.ts';
import type { InstanceModule } from './instance.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { GuestFailed, GuestLimits, GuestLoaded, GuestModule } from './sandbox.ts';

/** A module the pool knows, whichever threads hold an instance of it. */
export interface ModuleEntry {
  readonly key: string;
  /** Names the module in frames. */
  readonly moduleId: number;
  readonly module: InstanceModule;
  /** The guest's time while it loads: the same in every thread, so that every instance is the same. */
  readonly nowMs: number;
  /** Which large facts each function has read so far, as bits. */
  readonly needs: Map<number, number>;
  readonly loaded: Promise<GuestLoaded | GuestFailed>;
  ready: boolean;
  /** Calls not answered yet. */
  open: number;
  released: boolean;
  /**
   * Seat of the thread that this module's code made us kill, -1 for none. It runs nowhere else from then on: while
   * that thread starts again, the others serve everybody else.
   */
  confinedTo: number;
  /** Copied to every thread, after its first call showed that it is called at all. */
  spread: boolean;
}

export function newModuleEntry(
  module: GuestModule,
  moduleId: number,
  nowMs: number,
  defaults: GuestLimits | undefined,
  loaded: Promise<GuestLoaded | GuestFailed>,
): ModuleEntry {
  const limits = {
    ms: module.limits?.ms ?? defaults?.ms ?? DEFAULT_LIMITS.ms,
    heapMb: module.limits?.heapMb ?? defaults?.heapMb ?? DEFAULT_LIMITS.heapMb,
  };
  return {
    key: module.key,
    moduleId,
    module: { file: module.file, source: module.source, limits },
    nowMs,
    needs: new Map(),
    loaded,
    ready: false,
    open: 0,
    released: false,
    confinedTo: -1,
    spread: false,
  };
}

/** Parses a plan's text; throws on what is not JSON, or has a key that could change a prototype when copied. */
export function parsePlan(text: string): Json {
  return JSON.parse(text, (key, value: Json) => {
    if (key === '__proto__') throw new Error('expected a plan without the key "__proto__"');
    return value;
  }) as Json;
}
