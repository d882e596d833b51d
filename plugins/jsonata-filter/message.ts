import type { Json, JsonObject } from '../../sdk/index.ts';

/** What a thread is started with. */
export interface ThreadSetup {
  readonly expressions: readonly string[];
  readonly limits: EngineLimits;
}

/** Bounds of one evaluation. */
export interface EngineLimits {
  readonly timeMs: number;
  /** Instructions, counted in ten thousands. */
  readonly maxSteps: number;
  readonly memoryBytes: number;
  /** Of the result's JSON. */
  readonly maxOutputChars: number;
}

/** One expression over some inputs. Facts are the same for all of them. */
export interface Job {
  /** Index of the expression. */
  readonly expression: number;
  readonly facts: JsonObject;
  readonly inputs: readonly JsonObject[];
}

/** What an expression gave for one input: `none` where JSONata found nothing. */
export type Evaluated = { readonly value: Json } | { readonly none: true };

/** Why an evaluation gave nothing; never holds a word of the answer. */
export interface Fault {
  readonly fault: string;
}

/** A thread's answer to a job. */
export type JobResult = readonly Evaluated[] | Fault;
