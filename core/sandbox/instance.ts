import { createEngine, type Engine, type QuickJSContext } from './engine.ts';
import { type Failure, failure, failureFromGuest } from './fault.ts';
import { DEFAULT_LIMITS, FUEL_PER_MS, GUEST_STACK_BYTES, LOAD_MS, MAX_JOBS } from './limits.ts';
import { GuestLogs } from './logs.ts';
import { loadModule, type ModuleSources } from './module.ts';
import type { Outcome } from './outcome.ts';
import { prepareGuest } from './prepare.ts';
import { RawGuest } from './raw.ts';
import type { GuestLimits, GuestLog } from './sandbox.ts';
import { type HeapLayout, MemorySnapshot } from './snapshot.ts';
import type { WasmModule } from './wasm.ts';

/** A module to load into an instance of its own. */
export interface InstanceModule {
  readonly file: string;
  readonly source: string;
  readonly limits: Required<GuestLimits>;
}

export interface InstanceOptions {
  readonly wasm: WasmModule;
  readonly layout: HeapLayout;
  readonly sources: ModuleSources;
  readonly largeFacts: readonly string[];
  /** The guest's `Date.now()` while it loads. */
  readonly nowMs: number;
  /** Milliseconds that only grow; for deadlines. */
  readonly monotonic: () => number;
  /** Milliseconds that this thread has computed: a guest is not stopped because others kept the machine busy. */
  readonly cpuMs?: () => number;
  /** Called at each tick. */
  readonly tick?: () => void;
}

export interface InstanceCall {
  readonly fn: number;
  readonly nowMs: number;
  readonly seedA: number;
  readonly seedB: number;
  /** UTF-8 JSON text of the small facts. */
  readonly small: Uint8Array;
  /** UTF-8 JSON text of each large fact, in the order of `largeFacts`; undefined where it is not sent. */
  readonly large: readonly (Uint8Array | undefined)[];
}

export type LoadOutcome =
  | {
      readonly ok: true;
      readonly instance: GuestInstance;
      readonly plan: string;
      readonly logs: readonly GuestLog[];
    }
  | { readonly ok: false; readonly failure: Failure; readonly logs: readonly GuestLog[] };

const JOB_SLICE = 64;
/** Time to describe an error after the deadline has already passed. */
const DESCRIBE_MS = 5;
const NO_FACTS = new Uint8Array([0x7b, 0x7d]);

/** One policy module in an engine of its own. Calls are synchronous and leave nothing behind. */
export class GuestInstance {
  readonly #engine: Engine;
  readonly #options: InstanceOptions;
  readonly #module: InstanceModule;
  readonly #context: QuickJSContext;
  readonly #logs = new GuestLogs();
  #raw!: RawGuest;
  #snapshot: MemorySnapshot | undefined;
  #ms = 0;
  #deadlineMs = 0;
  /** What the thread had computed at the call's first tick. Calls that end before it need not ask. */
  #startCpuMs = 0;
  #maxFuel = 0;
  #fuel = 0;
  #stopped = false;
  #missed = -1;
  #trapped = false;

  /** Never rejects for a guest's fault: what goes wrong in the module is a `failure`. */
  static async load(module: InstanceModule, options: InstanceOptions): Promise<LoadOutcome> {
    const engine = await createEngine(options.wasm, module.limits.heapMb ?? DEFAULT_LIMITS.heapMb);
    const instance = new GuestInstance(engine, module, options);
    const loaded = instance.#load();
    const logs = instance.takeLogs();
    if (typeof loaded !== 'string') return { ok: false, failure: { ...loaded, fault: 'reject-load' }, logs };
    return { ok: true, instance, plan: loaded, logs };
  }

  private constructor(engine: Engine, module: InstanceModule, options: InstanceOptions) {
    this.#engine = engine;
    this.#module = module;
    this.#options = options;
    const runtime = engine.quickjs.newRuntime();
    runtime.setMaxStackSize(GUEST_STACK_BYTES);
    runtime.setInterruptHandler(() => this.#poll());
    this.#context = runtime.newContext();
  }

  /** Interrupt ticks of the last call: about the same number on every machine. */
  get fuel(): number {
    return this.#fuel;
  }

  /**
   * True when the instance has to be replaced: its memory grew and cannot shrink, or the engine trapped. A trap
   * leaves the engine's C stack pointer, which no snapshot holds, in the middle of nowhere.
   */
  get spent(): boolean {
    return this.#trapped || this.#snapshot === undefined || this.#snapshot.grew;
  }

  /** Bytes that are copied after each call. */
  get snapshotBytes(): number {
    return this.#snapshot?.bytes ?? 0;
  }

  takeLogs(): readonly GuestLog[] {
    return this.#logs.take();
  }

  /** Runs one registered function. `finish` has to follow before the next call. */
  call(call: InstanceCall): Outcome {
    this.#arm(this.#module.limits.ms);
    return this.#guarded(() => this.#run(call));
  }

  /** Puts the memory back to what it was after the load. Apart from `call` so that the answer can leave first. */
  finish(): void {
    if (!this.spent) this.#snapshot?.restore();
  }

  #poll(): boolean {
    this.#fuel += 1;
    if (this.#missed >= 0) return true;
    this.#options.tick?.();
    if (this.#fuel === 1) this.#startCpuMs = this.#options.cpuMs?.() ?? 0;
    if (this.#fuel <= this.#maxFuel && !this.#late()) return false;
    this.#stopped = true;
    return true;
  }

  /** Past the deadline by the wall clock, and by what the thread has computed where that is known. */
  #late(): boolean {
    if (this.#options.monotonic() <= this.#deadlineMs) return false;
    const { cpuMs } = this.#options;
    return cpuMs === undefined || cpuMs() - this.#startCpuMs > this.#ms;
  }

  #arm(ms: number): void {
    this.#ms = ms;
    this.#fuel = 0;
    this.#maxFuel = ms * FUEL_PER_MS;
    this.#deadlineMs = this.#options.monotonic() + ms;
    this.#stopped = false;
    this.#missed = -1;
  }

  /** Host code around the guest: a trap of the engine becomes a fault, whatever else it broke. */
  #guarded(run: () => Outcome): Outcome {
    try {
      return run();
    } catch (error) {
      this.#trapped = true;
      if (this.#missed >= 0) return { kind: 'miss', index: this.#missed };
      const reason = error instanceof Error ? error.message : String(error);
      const grew = this.#snapshot?.grew === true;
      const fault = error instanceof RangeError ? 'stack' : grew ? 'memory' : 'error';
      return { kind: 'fault', failure: failure(fault, `the script engine stopped: ${reason}`) };
    }
  }

  #run(call: InstanceCall): Outcome {
    const raw = this.#raw;
    if (!raw.call(raw.pointers.run, call)) return this.#thrown();
    let text = raw.text();
    if (text === 'p') {
      const drained = this.#drain();
      if (drained !== undefined) return drained;
      if (!raw.callPlain(raw.pointers.settled)) return this.#thrown();
      text = raw.text();
    }
    return this.#judge(text);
  }

  /** Runs promise jobs until none is left. An interrupt inside a job is swallowed by the engine, so look oneself. */
  #drain(): Outcome | undefined {
    for (let jobs = 0; this.#raw.jobsPending(); jobs += JOB_SLICE) {
      if (jobs >= MAX_JOBS) {
        return {
          kind: 'fault',
          failure: failure('cpu', `expected at most ${MAX_JOBS} promise jobs in one call`),
        };
      }
      this.#raw.runJobs(JOB_SLICE);
      if (this.#missed < 0 && !this.#stopped) this.#poll();
      if (this.#missed >= 0 || this.#stopped) return this.#judge('p');
    }
    return undefined;
  }

  #judge(text: string): Outcome {
    if (this.#missed >= 0) return { kind: 'miss', index: this.#missed };
    if (this.#stopped) return { kind: 'fault', failure: this.#overtime() };
    const rest = text.slice(1);
    switch (text[0]) {
      case 'v':
        return { kind: 'value', text: rest };
      case 'r':
        return { kind: 'fault', failure: failure('reject-decision', rest) };
      case 'o':
        return { kind: 'fault', failure: failure('output-cap', rest) };
      case 'p':
        return {
          kind: 'fault',
          failure: failure(
            'error',
            'the returned promise never settles: nothing outside the call can resolve it',
          ),
        };
      default:
        return {
          kind: 'fault',
          failure: failureFromGuest(rest, this.#module.file, this.#snapshot?.grew === true),
        };
    }
  }

  /** The guest's entry point itself threw: the interrupt, or a limit met while an error was being described. */
  #thrown(): Outcome {
    if (this.#missed >= 0) return { kind: 'miss', index: this.#missed };
    const stopped = this.#stopped;
    const described = this.#describe();
    if (stopped) {
      const { line, column } = described;
      return { kind: 'fault', failure: { ...this.#overtime(), line, column } };
    }
    return { kind: 'fault', failure: described };
  }

  #describe(): Failure {
    const fuel = this.#fuel;
    this.#arm(DESCRIBE_MS);
    const raw = this.#raw;
    const text = raw.callPlain(raw.pointers.describe, raw.lastError) ? raw.text() : '';
    this.#fuel = fuel;
    if (text[0] !== 'e')
      return failure(this.#snapshot?.grew ? 'memory' : 'error', 'the error could not be described');
    return failureFromGuest(text.slice(1), this.#module.file, this.#snapshot?.grew === true);
  }

  #overtime(): Failure {
    const what =
      this.#snapshot === undefined ? `${LOAD_MS} ms to load` : `${this.#module.limits.ms} ms in one call`;
    return failure('cpu', `expected at most ${what}; it was stopped after ${this.#fuel} ticks`);
  }

  /** The plan's JSON text, or why the module was refused. */
  #load(): string | Failure {
    this.#arm(LOAD_MS);
    try {
      const pointers = prepareGuest(this.#context, this.#options.largeFacts, {
        log: (level, text) => this.#logs.add(level, text),
        miss: (index) => {
          this.#missed = index;
        },
      });
      this.#raw = new RawGuest(this.#engine, this.#context, pointers, this.#options.largeFacts.length);
      const outcome = loadModule(this.#context, this.#module, this.#options.sources, {
        stopped: () => this.#stopped,
        describe: (error) => {
          this.#raw.lastError = error;
          return this.#thrown();
        },
        finish: (exports) => {
          const ok = this.#raw.callPlain(this.#raw.pointers.finish, exports);
          return ok ? this.#judge(this.#raw.text()) : this.#thrown();
        },
      });
      if (outcome.kind === 'miss') return failure('error', 'facts cannot be read while the file is loaded');
      if (outcome.kind === 'fault') return outcome.failure;
      // Whatever the engine makes lazily on a first call belongs into the snapshot.
      const warm = { fn: -1, nowMs: 0, seedA: 1, seedB: 2, small: NO_FACTS, large: [] };
      const warmed = this.call(warm);
      if (warmed.kind === 'fault') return warmed.failure;
      this.#snapshot = new MemorySnapshot(this.#engine.memory, this.#options.layout);
      return outcome.text;
    } catch (error) {
      return failure(
        'error',
        `the script engine stopped: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}
