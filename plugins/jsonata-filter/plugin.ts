import {
  type AnswerDecision,
  type Api,
  type AttemptDecision,
  definePlugin,
  type MaybePromise,
  type RequestContext,
  type RequestDecision,
  type ResponseContext,
} from '../../sdk/index.ts';
import { filterAnswer } from './answer.ts';
import { both } from './both.ts';
import { readFilters } from './filters.ts';
import type { EngineLimits } from './message.ts';
import { type JsonataOptions, schema } from './options.ts';
import { maxTokensOf, OutputTransform } from './output-transform.ts';
import { FilterRunner, FilterState } from './runner.ts';
import { SentenceTransform } from './sentence-transform.ts';
import { FilterThreads } from './threads.ts';

/** Endpoints whose answers are text. */
const apis: ReadonlySet<Api> = new Set(['chat', 'completions', 'messages', 'responses']);
/** Of all evaluations of one hook call; each has its own limits. */
const stepTimeoutMs = 30_000;
const minMemoryBytes = 24 * 1024 * 1024;
const maxMemoryBytes = 256 * 1024 * 1024;
const maxTimeMs = 5_000;

/**
 * Passes answers through JSONata expressions that reshape, block or annotate them, whole or sentence by sentence, and
 * carries out `output()` of policies.
 *
 * @example
 * # policies/70-output.yaml
 * plugin: jsonata-filter
 * filters:
 *   - { name: no-prices, expression: '$replace(text, /\$\d+/, "$—")', on: sentence }
 */
export const jsonataFilter = definePlugin({
  name: 'jsonata-filter',
  summary: 'Reshapes, blocks or annotates answers with JSONata, and carries out output() of policies.',
  schema,
  needs: ['clock'],
  // What could not be examined must not leave.
  onFailure: 'closed',
  timeoutMs: stepTimeoutMs,
  streamMode: 'by-options',
  verbs: ['output'],

  setup(options: JsonataOptions, { clock }, { file }) {
    const { filters, expressions } = readFilters(options);
    const threads = new FilterThreads({ expressions, limits: limitsOf(options) }, options.threads, clock);
    const runner = new FilterRunner(filters, options.max_input_chars, threads);
    const common = {
      state: () => new FilterState(),
      onRequest(ctx: RequestContext, state: FilterState): MaybePromise<RequestDecision | undefined> {
        if (!apis.has(ctx.view.api)) return undefined;
        const asked = runner.conditions(ctx, state);
        return asked instanceof Promise ? asked.then(() => limited(ctx, file)) : limited(ctx, file);
      },
      beforeUpstream: (ctx: RequestContext): AttemptDecision | undefined => limited(ctx, file),
      close: () => threads.close(),
    };
    const passing = (ctx: ResponseContext, state: FilterState) =>
      !apis.has(ctx.view.api) || runner.applying('sentence', state).length === 0
        ? undefined
        : new SentenceTransform(runner, ctx, state, options.max_sentence_chars);
    const output = (ctx: ResponseContext) =>
      apis.has(ctx.view.api) ? OutputTransform.of(ctx, file) : undefined;
    if (!filters.some(({ on }) => on === 'answer')) {
      const sentences = filters.length > 0;
      return {
        ...common,
        streamMode: 'chunk' as const,
        holdBackChars: sentences ? options.max_sentence_chars : 0,
        afterResponse: (ctx: ResponseContext, state: FilterState) => both(passing(ctx, state), output(ctx)),
      };
    }
    return {
      ...common,
      streamMode: 'whole' as const,
      wants: (ctx: ResponseContext, state: FilterState) =>
        apis.has(ctx.view.api) && runner.applying('answer', state).length > 0,
      transform: (ctx: ResponseContext, state: FilterState) => both(passing(ctx, state), output(ctx)),
      afterResponse: (ctx, state: FilterState, answer): Promise<AnswerDecision | undefined> =>
        filterAnswer(runner, ctx, state, answer),
    };
  },
});

/** The output limit of `output({ maxTokens })`, held by the provider, which counts tokens. */
function limited(ctx: RequestContext, file: string): (AttemptDecision & RequestDecision) | undefined {
  if (ctx.verbs.length === 0) return undefined;
  const tokens = maxTokensOf(
    ctx.verbs.filter(({ verb, performer }) => verb === 'output' && performer === file),
  );
  const own = ctx.view.maxOutputTokens;
  if (tokens === null || (own !== null && own <= tokens)) return undefined;
  return { type: 'continue', changes: { maxOutputTokens: tokens } };
}

/** @throws Error where a limit is out of its range. */
function limitsOf({ time, max_steps, memory, max_output_chars }: JsonataOptions): EngineLimits {
  if (time < 1 || time > maxTimeMs) throw new Error(`time: expected 1ms to 5s; came ${time} ms`);
  if (memory < minMemoryBytes || memory > maxMemoryBytes) {
    throw new Error(`memory: expected 24mb to 256mb; came ${memory} bytes`);
  }
  return { timeMs: time, maxSteps: max_steps, memoryBytes: memory, maxOutputChars: max_output_chars };
}
