import { LARGE_FACTS } from '../../../core/policy/guest-facts.ts';
import { createEngine, MIN_HEAP_MIB } from '../../../core/sandbox/engine.ts';
import { type Failure, failure } from '../../../core/sandbox/fault.ts';
import { FaultCount } from '../../../core/sandbox/fault-count.ts';
import { GuestInstance } from '../../../core/sandbox/instance.ts';
import { type ModuleEntry, newModuleEntry, parsePlan } from '../../../core/sandbox/module-entry.ts';
import type { Outcome } from '../../../core/sandbox/outcome.ts';
import type {
  GuestCall,
  GuestFailed,
  GuestLoaded,
  GuestModule,
  GuestReturned,
  Sandbox,
} from '../../../core/sandbox/sandbox.ts';
import { seedOf } from '../../../core/sandbox/seed.ts';
import { findHeapLayout, type HeapLayout } from '../../../core/sandbox/snapshot.ts';
import type { WasmModule } from '../../../core/sandbox/wasm.ts';

/** Modules whose engines are kept; what is called again after more others is loaded anew. */
const maxInstances = 12;

interface Held {
  readonly entry: ModuleEntry;
  readonly result: GuestLoaded | GuestFailed;
  instance: GuestInstance | undefined;
}

/**
 * The gateway's sandbox in the thread that asks: the same engine, the same limits of fuel, time and memory, the same guest
 * code. Nothing outside of the thread stops it, so it belongs into a worker that its page ends when it is late.
 */
export class LocalSandbox implements Sandbox {
  readonly #wasm: WasmModule;
  readonly #prelude: string;
  readonly #layout: HeapLayout;
  readonly #beat: () => void;
  readonly #held = new Map<string, Held>();
  readonly #faults = new FaultCount();
  #calls = 0;
  #nextId = 1;

  /**
   * @param prelude JavaScript of the module `sluice`.
   * @param beat called while guest code runs within its limits, thousands of times a second. Code that the engine cannot
   * interrupt does not call it.
   */
  static async create(wasm: WasmModule, prelude: string, beat: () => void): Promise<LocalSandbox> {
    return new LocalSandbox(wasm, prelude, findHeapLayout(await createEngine(wasm, MIN_HEAP_MIB)), beat);
  }

  private constructor(wasm: WasmModule, prelude: string, layout: HeapLayout, beat: () => void) {
    this.#beat = beat;
    this.#wasm = wasm;
    this.#prelude = prelude;
    this.#layout = layout;
  }

  async load(module: GuestModule): Promise<GuestLoaded | GuestFailed> {
    const known = this.#held.get(module.key);
    if (known !== undefined) {
      // Used again: it goes to the end of the row.
      this.#held.delete(module.key);
      this.#held.set(module.key, known);
      return known.result;
    }
    const never = new Promise<never>(() => undefined);
    const entry = newModuleEntry(module, this.#nextId++, 0, undefined, never);
    const { instance, result } = await this.#open(entry);
    if (result.ok) {
      this.#held.set(module.key, { entry, result, instance });
      this.#shrink();
    }
    return result;
  }

  async call(call: GuestCall): Promise<GuestReturned | GuestFailed> {
    this.#calls += 1;
    const held = this.#held.get(call.key);
    if (held === undefined)
      return this.#faults.failed(failure('unavailable', `expected a loaded module, got "${call.key}"`));
    const [seedA, seedB] = seedOf(call.seed);
    const encoder = new TextEncoder();
    const small = encoder.encode(call.facts.small());
    const { needs } = held.entry;
    for (;;) {
      if (held.instance === undefined || held.instance.spent)
        held.instance = (await this.#open(held.entry)).instance;
      const { instance } = held;
      if (instance === undefined)
        return this.#faults.failed(failure('unavailable', 'the module could not be loaded again'));
      const sent = needs.get(call.fn) ?? 0;
      const large = LARGE_FACTS.map((path, at) =>
        (sent >> at) & 1 ? encoder.encode(call.facts.large(path)) : undefined,
      );
      const { fn, nowMs } = call;
      const outcome = instance.call({ fn, nowMs, seedA, seedB, small, large: sent === 0 ? [] : large });
      const logs = instance.takeLogs();
      const { fuel } = instance;
      instance.finish();
      if (outcome.kind === 'miss' && ((sent >> outcome.index) & 1) === 0) {
        needs.set(call.fn, sent | (1 << outcome.index));
        continue;
      }
      const value = resultOf(outcome);
      return 'fault' in value ? this.#faults.failed(value, logs) : { ok: true, ...value, fuel, logs };
    }
  }

  /** Kept for the next version of the folder, which has most of the same files. */
  release(): void {}

  stats() {
    return { workers: 1, calls: this.#calls, kills: 0, faults: this.#faults.counts(), quarantined: [] };
  }

  async close(): Promise<void> {
    this.#held.clear();
  }

  async #open(entry: ModuleEntry) {
    const loaded = await GuestInstance.load(entry.module, {
      wasm: this.#wasm,
      layout: this.#layout,
      sources: { sluice: this.#prelude },
      largeFacts: LARGE_FACTS,
      nowMs: entry.nowMs,
      monotonic: () => {
        this.#beat();
        return performance.now();
      },
    });
    const { logs } = loaded;
    if (!loaded.ok) return { instance: undefined, result: this.#faults.failed(loaded.failure, logs) };
    try {
      const result: GuestLoaded = { ok: true, plan: parsePlan(loaded.plan), logs };
      return { instance: loaded.instance, result };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const refused: Failure = { ...failure('error', why), fault: 'reject-load' };
      return { instance: undefined, result: this.#faults.failed(refused, logs) };
    }
  }

  /** The engines of what was not loaded for longest go; of far older ones everything does. */
  #shrink(): void {
    const all = [...this.#held];
    for (const [index, [key, held]] of all.entries()) {
      const behind = all.length - index;
      if (behind > maxInstances) held.instance = undefined;
      if (behind > maxInstances * 8) this.#held.delete(key);
    }
  }
}

function resultOf(outcome: Outcome): { readonly value: GuestReturned['value'] } | Failure {
  if (outcome.kind === 'fault') return outcome.failure;
  if (outcome.kind === 'miss') return failure('error', 'a fact was sent and missing all the same');
  try {
    return { value: JSON.parse(outcome.text) };
  } catch {
    return failure('reject-decision', 'the result is not the JSON text that the sandbox makes');
  }
}
