import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type {
  QuickJSContext,
  QuickJSHandle,
  QuickJSRuntime,
  QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import type { Json, JsonObject } from '../../sdk/index.ts';
import { guestSource } from './guest.ts';
import type { EngineLimits, Evaluated, Fault } from './message.ts';
import { newQuickJs } from './quickjs.ts';

/** The engine asks whether to go on about every so many instructions. */
const stepsPerTick = 10_000;
const stackBytes = 512 * 1024;
/** Loading JSONata itself takes about 80 ms and has no bound but this one. */
const loadMs = 5_000;

/**
 * Evaluates JSONata inside QuickJS, whose memory, steps and time have hard ends. In V8 an expression that allocates ends
 * the whole process, and one that loops in a function of the library's is not asked whether to stop.
 */
export class FilterEngine {
  readonly #expressions: readonly string[];
  readonly #limits: EngineLimits;
  readonly #nowMs: () => number;
  #guest: Guest | null = null;

  /** @param nowMs a clock that only grows. */
  constructor(expressions: readonly string[], limits: EngineLimits, nowMs: () => number) {
    this.#expressions = expressions;
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** One evaluation. What was stopped half-way may have left anything behind: the next one gets another engine. */
  async evaluate(expression: number, input: JsonObject): Promise<Evaluated | Fault> {
    if (this.#guest === null) {
      const module = await newQuickJs(this.#limits.memoryBytes);
      this.#guest = new Guest(module, this.#expressions, this.#limits, this.#nowMs);
    }
    const guest = this.#guest;
    let result: Evaluated | Fault;
    try {
      result = guest.evaluate(expression, JSON.stringify(input));
    } catch {
      // WebAssembly aborts where its memory is at its end.
      result = guest.broken(null);
    }
    if (guest.isSpent) this.#guest = null;
    return result;
  }
}

/** One instance of the engine with JSONata and the expressions in it. */
class Guest {
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #run: QuickJSHandle;
  readonly #take: QuickJSHandle;
  readonly #limits: EngineLimits;
  readonly #nowMs: () => number;
  #deadlineMs: number;
  #ticks = Number.POSITIVE_INFINITY;
  #stopped: 'time' | 'steps' | null = null;
  isSpent = false;

  constructor(
    module: QuickJSWASMModule,
    expressions: readonly string[],
    limits: EngineLimits,
    nowMs: () => number,
  ) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#deadlineMs = nowMs() + loadMs;
    this.#runtime = module.newRuntime();
    this.#runtime.setMaxStackSize(stackBytes);
    this.#runtime.setInterruptHandler(() => this.#interrupt());
    this.#context = this.#runtime.newContext();
    this.#load(
      `var module={exports:{}},exports=module.exports;${librarySource()};globalThis.jsonata=module.exports;`,
    );
    this.#load(guestSource(expressions, limits.maxOutputChars));
    this.#run = this.#context.getProp(this.#context.global, 'run');
    this.#take = this.#context.getProp(this.#context.global, 'take');
  }

  evaluate(expression: number, json: string): Evaluated | Fault {
    const context = this.#context;
    this.#deadlineMs = this.#nowMs() + this.#limits.timeMs;
    this.#ticks = Math.ceil(this.#limits.maxSteps / stepsPerTick);
    this.#stopped = null;
    const index = context.newNumber(expression);
    const input = context.newString(json);
    try {
      const called = context.callFunction(this.#run, context.undefined, index, input);
      if (called.error) return this.broken(called.error);
      called.value.dispose();
      const jobs = this.#runtime.executePendingJobs();
      if (jobs.error) return this.broken(jobs.error);
      jobs.dispose();
      const taken = context.callFunction(this.#take, context.undefined);
      if (taken.error) return this.broken(taken.error);
      const text = taken.value.consume((handle) => context.getString(handle));
      if (this.#stopped !== null) return this.broken(null);
      return this.#read(text);
    } finally {
      index.dispose();
      input.dispose();
    }
  }

  #interrupt(): boolean {
    this.#ticks -= 1;
    if (this.#ticks < 0) this.#stopped = 'steps';
    else if (this.#nowMs() > this.#deadlineMs) this.#stopped = 'time';
    return this.#stopped !== null;
  }

  #load(source: string): void {
    const loaded = this.#context.evalCode(source, 'jsonata.js');
    if (!loaded.error) return loaded.value.dispose();
    const message = loaded.error.consume((handle) => this.#context.dump(handle)) as { message?: string };
    throw new Error(`JSONata does not load: ${message.message}`);
  }

  broken(error: QuickJSHandle | null): Fault {
    this.isSpent = true;
    error?.dispose();
    if (this.#stopped === 'time') return { fault: `it took longer than ${this.#limits.timeMs} ms` };
    if (this.#stopped === 'steps') return { fault: `it took more than ${this.#limits.maxSteps} steps` };
    return { fault: `it needed more than ${this.#limits.memoryBytes} bytes of memory or stack` };
  }

  #read(text: string): Evaluated | Fault {
    if (text === '') {
      this.isSpent = true;
      return { fault: 'it never ended' };
    }
    const answer = JSON.parse(text) as { value?: Json; code?: string; at?: number };
    if (answer.code === undefined)
      return 'value' in answer ? { value: answer.value as Json } : { none: true };
    if (answer.code === 'memory') return this.broken(null);
    if (answer.code === 'json') return { fault: 'it uses a value in a way that it does not have' };
    if (answer.code === 'size')
      return { fault: `its result has more than ${this.#limits.maxOutputChars} characters` };
    return { fault: `JSONata says ${answer.code}${answer.at ? ` at character ${answer.at}` : ''}` };
  }
}

let library: string | undefined;

function librarySource(): string {
  library ??= readFileSync(createRequire(import.meta.url).resolve('jsonata/jsonata.min.js'), 'utf8');
  return library;
}
