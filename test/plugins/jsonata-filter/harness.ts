import { AnswerBuilder } from '../../../core/response/answer.ts';
import { FilterEngine } from '../../../plugins/jsonata-filter/engine.ts';
import { readFilters } from '../../../plugins/jsonata-filter/filters.ts';
import type { EngineLimits, Job, JobResult } from '../../../plugins/jsonata-filter/message.ts';
import type { FilterOptions } from '../../../plugins/jsonata-filter/options.ts';
import { FilterRunner } from '../../../plugins/jsonata-filter/runner.ts';
import {
  type AnswerChoice,
  anonymous,
  type Chunk,
  type ChunkTransform,
  type PassedDecision,
  type PolicyVerb,
  type ResponseContext,
} from '../../../sdk/index.ts';

export const limits: EngineLimits = {
  timeMs: 1000,
  maxSteps: 20_000_000,
  memoryBytes: 48 * 1024 * 1024,
  maxOutputChars: 262_144,
};

/** Filters on an engine in this thread. */
export function runnerOf(given: readonly FilterOptions[], own: Partial<EngineLimits> = {}): FilterRunner {
  const { filters, expressions } = readFilters({ filters: given });
  const engine = new FilterEngine(expressions, { ...limits, ...own }, () => performance.now());
  return new FilterRunner(filters, 1_000_000, {
    async run({ expression, facts, inputs }: Job): Promise<JobResult> {
      const results = [];
      for (const input of inputs) {
        const result = await engine.evaluate(expression, { ...facts, ...input });
        if ('fault' in result) return result;
        results.push(result);
      }
      return results;
    },
  });
}

/** Filters that need no engine: the expression is the name of one of these. */
export function fakeRunner(filters: Readonly<Record<string, (text: string) => unknown>>): FilterRunner {
  const made = Object.values(filters);
  return new FilterRunner(
    Object.keys(filters).map((name, expression) => ({ name, on: 'sentence', expression, when: null })),
    1_000_000,
    {
      run: async ({ expression, inputs }) =>
        inputs.map(({ text }) => {
          const value = made[expression]!(text as string);
          return value === undefined ? { none: true } : { value: value as string };
        }),
    },
  );
}

export function contextOf(more: Partial<Record<keyof ResponseContext, unknown>> = {}): ResponseContext {
  return {
    requestId: 'req_1',
    view: { api: 'chat', model: 'test', stream: true },
    identity: anonymous,
    headers: {},
    tags: {},
    verbs: [],
    target: null,
    cached: false,
    ...more,
  } as unknown as ResponseContext;
}

export function verbOf(options: PolicyVerb['options'], rule = 'r'): PolicyVerb {
  return { verb: 'output', options, policy: 'p', rule, at: 'p:1', performer: '70-output.yaml' };
}

/** What an answer's chunks come to after a transform, and what it says at the end. */
export async function passed(
  transform: ChunkTransform,
  chunks: readonly Chunk[],
): Promise<{ choices: readonly AnswerChoice[]; said: PassedDecision | undefined }> {
  const builder = new AnswerBuilder();
  const emit = (chunk: Chunk) => builder.add([chunk]);
  for (const chunk of chunks) await transform.push(chunk, emit);
  const said = (await transform.end?.(emit)) ?? undefined;
  return { choices: builder.build(200, null).choices, said };
}

/** A text as chunks, cut at some places. */
export function cut(text: string, places: readonly number[], choice = 0): Chunk[] {
  const at = [...new Set(places.filter((place) => place > 0 && place < text.length))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => ({
    type: 'text',
    choice,
    text: text.slice(from, at[index] ?? text.length),
  }));
}
