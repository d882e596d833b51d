import type { Engine, EngineHeap, QuickJSContext } from './engine.ts';

/** Pointers to the guest's entry functions; made before the snapshot, valid after every restore. */
export interface GuestPointers {
  readonly run: number;
  readonly settled: number;
  readonly describe: number;
  readonly finish: number;
}

/** The engine's exports that a call needs, as what they are: functions of numbers. */
interface Exports {
  QTS_NewString(context: number, text: number): number;
  QTS_NewFloat64(context: number, value: number): number;
  QTS_GetUndefined(): number;
  QTS_Call(context: number, fn: number, self: number, count: number, args: number): number;
  QTS_ResolveException(context: number, value: number): number;
  QTS_GetString(context: number, value: number): number;
  QTS_IsJobPending(runtime: number): number;
  QTS_ExecutePendingJob(runtime: number, max: number, contextOut: number): number;
}

/** Facts of a call as bytes; see `InstanceCall`. */
interface RawCall {
  readonly fn: number;
  readonly nowMs: number;
  readonly seedA: number;
  readonly seedB: number;
  readonly small: Uint8Array;
  readonly large: readonly (Uint8Array | undefined)[];
}

const SCRATCH_BYTES = 32 * 1024;
const FIXED_ARGS = 5;

/**
 * Calls into the guest without the library's handles. What is made for a call is never freed: the restore after
 * it undoes it. Handles that are disposed after a restore would free somebody else's memory.
 */
export class RawGuest {
  readonly pointers: GuestPointers;
  /** Pointer to what was thrown by the last call that answered false. */
  lastError = 0;
  #result = 0;
  readonly #exports: Exports;
  readonly #heap: EngineHeap;
  readonly #context: number;
  readonly #runtime: number;
  readonly #undefined: number;
  readonly #scratch: number;
  readonly #args: number;

  constructor(engine: Engine, context: QuickJSContext, pointers: GuestPointers, largeCount: number) {
    this.pointers = pointers;
    this.#exports = engine.ffi as unknown as Exports;
    this.#heap = engine.heap;
    // The library keeps both pointers to itself; they are what its own methods pass to the same exports.
    const inner = context as unknown as { ctx: { value: number }; rt: { value: number } };
    this.#context = inner.ctx.value;
    this.#runtime = inner.rt.value;
    this.#undefined = this.#exports.QTS_GetUndefined();
    this.#scratch = this.#allocate(SCRATCH_BYTES);
    this.#args = this.#allocate((FIXED_ARGS + largeCount) * 4);
  }

  /** Calls `run`. False when it threw; see `lastError`. */
  call(fn: number, call: RawCall): boolean {
    const { large } = call;
    const exports = this.#exports;
    // All made before the table is written: each may grow the memory and so move the view of it.
    const index = exports.QTS_NewFloat64(this.#context, call.fn);
    const nowMs = exports.QTS_NewFloat64(this.#context, call.nowMs);
    const seedA = exports.QTS_NewFloat64(this.#context, call.seedA);
    const seedB = exports.QTS_NewFloat64(this.#context, call.seedB);
    const small = this.#newText(call.small);
    let count = 0;
    for (const text of large) {
      if (text !== undefined) this.#setArg(FIXED_ARGS + count, this.#newText(text));
      else this.#setArg(FIXED_ARGS + count, this.#undefined);
      count += 1;
    }
    this.#setArg(0, index);
    this.#setArg(1, nowMs);
    this.#setArg(2, seedA);
    this.#setArg(3, seedB);
    this.#setArg(4, small);
    return this.#enter(fn, FIXED_ARGS + count);
  }

  /** Calls an entry function with at most one value. False when it threw. */
  callPlain(fn: number, value?: number): boolean {
    if (value !== undefined) this.#setArg(0, value);
    return this.#enter(fn, value === undefined ? 0 : 1);
  }

  /** The text that the last call returned. */
  text(): string {
    const pointer = this.#exports.QTS_GetString(this.#context, this.#result);
    return pointer === 0 ? '' : this.#heap.UTF8ToString(pointer);
  }

  jobsPending(): boolean {
    return this.#exports.QTS_IsJobPending(this.#runtime) !== 0;
  }

  /** Runs at most `max` promise jobs. What they throw is kept by their promises, or lost. */
  runJobs(max: number): void {
    this.#exports.QTS_ExecutePendingJob(this.#runtime, max, this.#args);
  }

  #enter(fn: number, count: number): boolean {
    this.#result = this.#exports.QTS_Call(this.#context, fn, this.#undefined, count, this.#args);
    this.lastError = this.#exports.QTS_ResolveException(this.#context, this.#result);
    return this.lastError === 0;
  }

  #newText(utf8: Uint8Array): number {
    const room = utf8.byteLength + 1;
    const at = room <= SCRATCH_BYTES ? this.#scratch : this.#allocate(room);
    this.#heap.HEAPU8.set(utf8, at);
    this.#heap.HEAPU8[at + utf8.byteLength] = 0;
    return this.#exports.QTS_NewString(this.#context, at);
  }

  #setArg(index: number, pointer: number): void {
    const heap = this.#heap.HEAPU8;
    const at = this.#args + index * 4;
    heap[at] = pointer & 255;
    heap[at + 1] = (pointer >>> 8) & 255;
    heap[at + 2] = (pointer >>> 16) & 255;
    heap[at + 3] = pointer >>> 24;
  }

  #allocate(bytes: number): number {
    const pointer = this.#heap._malloc(bytes);
    if (pointer === 0) throw new Error(`no room for ${bytes} bytes of facts in the policy's memory`);
    return pointer;
  }
}
