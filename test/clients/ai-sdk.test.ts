import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
  generateObject,
  generateText,
  type LanguageModel,
  Output,
  stepCountIs,
  streamText,
  tool,
} from 'ai';
import t from 'tap';
import { z } from 'zod';
import { anthropicError, anthropicStreamError } from './anthropic-turn.ts';
import { openAiError, openAiStreamError } from './openai-turn.ts';
import { script } from './script.ts';
import { failure, stage } from './stage.ts';
import type { Answer, Upstream } from './upstream.ts';

/** Vercel's AI SDK: each of its providers asks for a model of the other vendor. */
const { url, key, anthropic, openai, close } = await stage();
t.teardown(close);
t.beforeEach(() => {
  anthropic.reset();
  openai.reset();
});

const baseURL = `${url}/v1`;
const openAiClient = (apiKey: string) => createOpenAI({ baseURL, apiKey });
const anthropicClient = (apiKey: string) => createAnthropic({ baseURL, apiKey });
const compatibleClient = (apiKey: string) =>
  createOpenAICompatible({
    name: 'sluice',
    baseURL,
    apiKey,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });

interface Case {
  readonly name: string;
  readonly model: (name: string, apiKey?: string) => LanguageModel;
  /** The alias that is asked for. */
  readonly alias: string;
  readonly upstream: Upstream;
  /** What is said beside a call. */
  readonly preface: string;
  readonly limited: Answer;
  readonly refused: Answer;
  readonly broken: Answer;
}

const toAnthropic = {
  alias: 'claude',
  upstream: anthropic,
  preface: script.preface,
  limited: anthropicError(429, 'rate_limit_error', 'Too many tokens', { 'retry-after': '23' }),
  refused: anthropicError(400, 'invalid_request_error', 'messages: something is wrong'),
  broken: anthropicStreamError,
};
const toOpenAi = {
  alias: 'gpt',
  upstream: openai,
  preface: '',
  limited: openAiError(429, 'tokens', 'rate_limit_exceeded', 'Too many tokens', { 'retry-after': '23' }),
  refused: openAiError(400, 'invalid_request_error', 'invalid_value', 'messages: something is wrong'),
  broken: openAiStreamError,
};
const cases: readonly Case[] = [
  { name: 'openai.chat', model: (name, apiKey = key) => openAiClient(apiKey).chat(name), ...toAnthropic },
  {
    name: 'openai.responses',
    model: (name, apiKey = key) => openAiClient(apiKey).responses(name),
    ...toAnthropic,
  },
  {
    name: 'openai-compatible',
    model: (name, apiKey = key) => compatibleClient(apiKey)(name),
    ...toAnthropic,
  },
  { name: 'anthropic', model: (name, apiKey = key) => anthropicClient(apiKey)(name), ...toOpenAi },
];

const prompt = 'What is the weather in Oslo?';
const schema = z.object({ city: z.string(), degrees: z.number() });
const perStep = {
  inputTokens: script.usage.input,
  outputTokens: script.usage.output,
  inputTokenDetails: { cacheReadTokens: script.usage.cached },
};
/** Nothing is stored at the gateway: what was said before is sent again, and not referred to. */
const providerOptions = { openai: { store: false } };

for (const { name, model, alias, upstream, preface, limited, refused, broken } of cases) {
  const asked = () => {
    const called: unknown[] = [];
    const get_weather = tool({
      description: 'Weather of a city',
      inputSchema: z.object({ city: z.string() }),
      execute: (input) => {
        called.push(input);
        return '11 degrees';
      },
    });
    const options = {
      model: model(alias),
      system: 'Be brief.',
      prompt,
      tools: { get_weather },
      stopWhen: stepCountIs(5),
      maxRetries: 0,
      providerOptions,
    };
    return { called, options };
  };
  const checkArrived = (t: Pick<typeof import('tap').t, 'equal' | 'match' | 'notMatch'>) => {
    t.equal(upstream.arrived.length, 2);
    const [first, second] = upstream.arrived;
    t.notMatch(JSON.stringify(first!.headers), key, "the client's key stays here");
    t.match(JSON.stringify(first!.body), /Be brief\./);
    t.match(JSON.stringify(first!.body['tools']), /"get_weather".*"city"/);
    const said = JSON.stringify(second!.body['messages']);
    t.match(said, /Scripted.*Scripted/, 'the result stands beside its call');
    t.match(said, /11 degrees/);
  };

  t.test(`${name}: generateText runs a tool in two steps`, async (t) => {
    const { called, options } = asked();
    const result = await generateText(options);
    t.equal(result.text, script.verdict);
    t.strictSame(called, [{ city: 'Oslo' }]);
    t.equal(result.steps.length, 2);
    const [first] = result.steps;
    t.equal(first!.text, preface);
    t.match(first!.toolCalls, [{ toolName: 'get_weather', input: { city: 'Oslo' } }]);
    t.equal(first!.finishReason, 'tool-calls');
    t.match(first!.usage, perStep);
    t.equal(result.finishReason, 'stop');
    t.equal(result.totalUsage.inputTokens, 2 * script.usage.input);
    checkArrived(t);
  });

  t.test(`${name}: streamText runs a tool in two steps`, async (t) => {
    const { called, options } = asked();
    const result = streamText(options);
    let text = '';
    let input = '';
    for await (const part of result.fullStream) {
      if (part.type === 'text-delta') text += part.text;
      if (part.type === 'tool-input-delta') input += part.delta;
      if (part.type === 'error') t.fail(String(part.error));
    }
    t.equal(text, preface + script.verdict);
    t.equal(input, '{"city":"Oslo"}');
    t.strictSame(called, [{ city: 'Oslo' }]);
    const steps = await result.steps;
    t.strictSame(
      steps.map((step) => step.finishReason),
      ['tool-calls', 'stop'],
    );
    for (const step of steps) t.match(step.usage, perStep);
    checkArrived(t);
  });

  t.test(`${name}: an object by schema`, async (t) => {
    const output = Output.object({ schema });
    const common = { model: model(alias), prompt, maxRetries: 0, providerOptions };
    t.strictSame((await generateText({ ...common, output })).output, script.object);
    t.strictSame((await generateObject({ ...common, schema })).object, script.object);
    const streamed = streamText({ ...common, output });
    const partial: unknown[] = [];
    for await (const object of streamed.partialOutputStream) partial.push(object);
    t.strictSame(partial.at(-1), script.object);
    t.equal(await streamed.finishReason, 'stop');
  });

  t.test(`${name}: a tool can be demanded`, async (t) => {
    const { options } = asked();
    const result = await generateText({
      ...options,
      toolChoice: { type: 'tool', toolName: 'get_weather' },
      stopWhen: stepCountIs(1),
    });
    t.match(result.toolCalls, [{ toolName: 'get_weather' }]);
  });

  t.test(`${name}: errors are APICallErrors with their status`, async (t) => {
    const ask = (asked: LanguageModel) => failure(generateText({ model: asked, prompt, maxRetries: 0 }));
    const check = async (pending: Promise<unknown>, statusCode: number, isRetryable: boolean) => {
      const error = await pending;
      t.ok(APICallError.isInstance(error), String(error));
      t.match(error, { statusCode, isRetryable, message: /./ });
    };
    await check(ask(model(alias, 'sk-wrong')), 401, false);
    await check(ask(model('nothing')), 404, false);
    t.equal(upstream.arrived.length, 0);
    upstream.next(limited);
    await check(ask(model(alias)), 429, true);
    upstream.next(refused);
    await check(ask(model(alias)), 400, false);
  });

  t.test(`${name}: an error in mid-stream is seen`, async (t) => {
    upstream.next(broken);
    const errors: unknown[] = [];
    const result = streamText({
      model: model(alias),
      prompt,
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    });
    let text = '';
    let finish = '';
    for await (const part of result.fullStream) {
      if (part.type === 'text-delta') text += part.text;
      if (part.type === 'finish') finish = part.finishReason;
    }
    t.equal(text, 'Hello');
    t.not(finish, 'stop');
    t.ok(errors.length > 0 || finish === 'error', `finish ${finish}`);
  });
}

t.test(
  'openai.responses: by default the SDK refers to what was said before, and is understood',
  async (t) => {
    const get_weather = tool({ inputSchema: z.object({ city: z.string() }), execute: () => '11 degrees' });
    const options = {
      model: openAiClient(key).responses('claude'),
      prompt,
      tools: { get_weather },
      stopWhen: stepCountIs(5),
      maxRetries: 0,
    };
    for (const run of [
      async () => (await generateText(options)).text,
      async () => await streamText(options).text,
    ]) {
      anthropic.reset();
      t.equal(await run(), script.verdict);
      t.equal(anthropic.arrived.length, 2);
      const { messages } = anthropic.arrived[1]!.body as { messages: { role: string; content: unknown }[] };
      t.match(messages[1], { role: 'assistant' });
      t.match(JSON.stringify(messages[1]), script.preface, 'what it said before the call is there again');
    }
  },
);
