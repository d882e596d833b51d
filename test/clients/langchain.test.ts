import { type AIMessageChunk, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { concat } from '@langchain/core/utils/stream';
import { ChatOpenAI } from '@langchain/openai';
import t from 'tap';
import { z } from 'zod';
import { anthropicError, anthropicStreamError } from './anthropic-turn.ts';
import { script } from './script.ts';
import { failure, stage } from './stage.ts';

/** LangChain's ChatOpenAI, asking for a model of Anthropic's. */
const { url, key, anthropic, close } = await stage();
t.teardown(close);
t.beforeEach(() => anthropic.reset());

const question = 'What is the weather in Oslo?';
const getWeather = tool(() => '11 degrees', {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: z.object({ city: z.string() }),
});
const usage = {
  input_tokens: script.usage.input,
  output_tokens: script.usage.output,
  total_tokens: script.usage.total,
  input_token_details: { cache_read: script.usage.cached },
};
const asked = [new SystemMessage('Be brief.'), new HumanMessage(question)];

/** What Anthropic must have been asked in the two requests of a conversation with one call. */
function checkArrived(t: Pick<typeof import('tap').t, 'equal' | 'match' | 'notMatch'>): void {
  t.equal(anthropic.arrived.length, 2);
  const [first, second] = anthropic.arrived;
  t.notMatch(JSON.stringify(first!.headers), key, "the client's key stays here");
  t.match(JSON.stringify(first!.body['system']), /Be brief\./);
  t.match(first!.body['tools'], [{ name: 'get_weather', input_schema: { type: 'object' } }]);
  t.match(second!.body['messages'], [
    { role: 'user' },
    { role: 'assistant' },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_01Scripted' }] },
  ]);
  t.match(JSON.stringify(second!.body['messages']), /11 degrees/);
}

for (const useResponsesApi of [false, true]) {
  const api = useResponsesApi ? 'responses' : 'chat';
  const modelOf = (model: string, apiKey = key) =>
    new ChatOpenAI({
      model,
      apiKey,
      configuration: { baseURL: `${url}/v1` },
      maxRetries: 0,
      useResponsesApi,
    });
  const model = modelOf('claude');

  t.test(`${api}: a bound tool is called and its result answered`, async (t) => {
    const bound = model.bindTools([getWeather]);
    const first = await bound.invoke(asked);
    t.equal(first.text, script.preface);
    t.match(first.tool_calls, [{ name: 'get_weather', args: { city: 'Oslo' }, id: 'toolu_01Scripted' }]);
    t.match(first.usage_metadata, usage);
    if (!useResponsesApi) t.equal(first.response_metadata['finish_reason'], 'tool_calls');
    const [call] = first.tool_calls!;
    const second = await bound.invoke([...asked, first, await getWeather.invoke(call!)]);
    t.equal(second.text, script.verdict);
    t.equal(second.tool_calls?.length, 0);
    checkArrived(t);
  });

  t.test(`${api}: a bound tool is called on a stream`, async (t) => {
    const bound = model.bindTools([getWeather]);
    let first: AIMessageChunk | undefined;
    for await (const chunk of await bound.stream(asked))
      first = first === undefined ? chunk : concat(first, chunk);
    t.equal(first?.text, script.preface);
    t.match(first?.tool_calls, [{ name: 'get_weather', args: { city: 'Oslo' }, id: 'toolu_01Scripted' }]);
    t.match(first?.usage_metadata, usage);
    const result = new ToolMessage({ content: '11 degrees', tool_call_id: 'toolu_01Scripted' });
    let text = '';
    for await (const chunk of await bound.stream([...asked, first!, result])) text += chunk.text;
    t.equal(text, script.verdict);
    checkArrived(t);
  });

  for (const method of ['jsonSchema', 'functionCalling'] as const) {
    t.test(`${api}: structured output by ${method}`, async (t) => {
      const schema = z.object({ city: z.string(), degrees: z.number() });
      const structured = model.withStructuredOutput(schema, { name: 'weather', method });
      t.strictSame(await structured.invoke(question), script.object);
      t.match(JSON.stringify(anthropic.arrived[0]?.body), /"degrees"/);
    });
  }

  t.test(`${api}: errors carry the status of the SDK's own`, async (t) => {
    t.match(await failure(modelOf('claude', 'sk-wrong').invoke('Hi')), { status: 401 });
    t.match(await failure(modelOf('clod').invoke('Hi')), { status: 404 });
    anthropic.next(anthropicError(429, 'rate_limit_error', 'Too many tokens', { 'retry-after': '23' }));
    t.match(await failure(model.invoke('Hi')), { status: 429 });
    anthropic.next(anthropicError(400, 'invalid_request_error', 'messages: something is wrong'));
    t.match(await failure(model.invoke('Hi')), { status: 400 });
  });

  t.test(`${api}: an error in mid-stream is thrown after the words before it`, async (t) => {
    anthropic.next(anthropicStreamError);
    let text = '';
    const error = await failure(
      (async () => {
        for await (const chunk of await model.stream('Hi')) text += chunk.text;
      })(),
    );
    t.equal(text, 'Hello');
    t.ok(error instanceof Error, String(error));
  });
}
