import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { ResponsesToolRunner, runnerFunction } from 'openai/helpers/responses-tool-runner';
import { zodResponseFormat, zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';
import t from 'tap';
import { z } from 'zod';
import { anthropicError, anthropicStreamError } from './anthropic-turn.ts';
import { script } from './script.ts';
import { failure, stage } from './stage.ts';

/** The OpenAI SDK, asking for a model of Anthropic's. */
const { url, key, anthropic, close } = await stage();
t.teardown(close);
t.beforeEach(() => anthropic.reset());

const client = (apiKey = key) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const openai = client();
const schema = z.object({ city: z.string(), degrees: z.number() });
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const description = 'Weather of a city';
const question = 'What is the weather in Oslo?';
const chat = {
  model: 'claude',
  messages: [
    { role: 'system' as const, content: 'Be brief.' },
    { role: 'user' as const, content: question },
  ],
  tools: [{ type: 'function' as const, function: { name: 'get_weather', description, parameters } }],
};
const usage = {
  prompt_tokens: script.usage.input,
  completion_tokens: script.usage.output,
  total_tokens: script.usage.total,
  prompt_tokens_details: { cached_tokens: script.usage.cached },
};
const responsesUsage = {
  input_tokens: script.usage.input,
  output_tokens: script.usage.output,
  total_tokens: script.usage.total,
  input_tokens_details: { cached_tokens: script.usage.cached },
};

/** What Anthropic must have been asked in the two requests of a conversation with one call. */
function checkArrived(t: Pick<typeof import('tap').t, 'equal' | 'match' | 'notMatch'>): void {
  t.equal(anthropic.arrived.length, 2);
  const [first, second] = anthropic.arrived;
  t.match(first!.headers, { 'x-api-key': 'sk-ant-upstream', 'anthropic-version': /^\d{4}-/ });
  t.notMatch(JSON.stringify(first!.headers), key, "the client's key stays here");
  t.match(first!.body, {
    model: 'claude-sonnet-4-5',
    tools: [{ name: 'get_weather', description, input_schema: { type: 'object', properties: { city: {} } } }],
    messages: [{ role: 'user' }],
  });
  t.match(JSON.stringify(first!.body['system']), /Be brief\./);
  t.match(JSON.stringify(first!.body['messages']), question);
  t.match(second!.body['messages'], [
    { role: 'user' },
    { role: 'assistant' },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_01Scripted' }] },
  ]);
  const said = JSON.stringify(second!.body['messages']);
  t.match(said, '"type":"tool_use","id":"toolu_01Scripted","name":"get_weather","input":{"city":"Oslo"}');
  t.match(said, '11 degrees');
}

t.test('chat: a tool is called and its result answered, whole', async (t) => {
  const first = await openai.chat.completions.create(chat);
  const { message, finish_reason } = first.choices[0]!;
  t.equal(finish_reason, 'tool_calls');
  t.equal(message.content, script.preface);
  t.match(message.tool_calls, [
    {
      id: 'toolu_01Scripted',
      type: 'function',
      function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
    },
  ]);
  t.match(first.usage, usage);
  t.match(first._request_id, /^req_/);
  const second = await openai.chat.completions.create({
    ...chat,
    messages: [
      ...chat.messages,
      message,
      { role: 'tool', tool_call_id: message.tool_calls![0]!.id, content: '11 degrees' },
    ],
  });
  t.equal(second.choices[0]?.message.content, script.verdict);
  t.equal(second.choices[0]?.finish_reason, 'stop');
  checkArrived(t);
});

t.test('chat: the stream helper gathers texts, calls and usage', async (t) => {
  const stream = openai.chat.completions.stream({ ...chat, stream_options: { include_usage: true } });
  let text = '';
  stream.on('content', (delta) => {
    text += delta;
  });
  const done: unknown[] = [];
  stream.on('tool_calls.function.arguments.done', (call) => done.push(call));
  const first = await stream.finalChatCompletion();
  t.equal(text, script.preface);
  t.match(done, [{ index: 0, name: 'get_weather', arguments: '{"city":"Oslo"}' }]);
  t.equal(first.choices[0]?.finish_reason, 'tool_calls');
  t.match(first.usage, usage);
  const { message } = first.choices[0]!;
  const second = openai.chat.completions.stream({
    ...chat,
    messages: [
      ...chat.messages,
      message,
      { role: 'tool', tool_call_id: message.tool_calls![0]!.id, content: '11 degrees' },
    ],
  });
  t.equal(await second.finalContent(), script.verdict);
  checkArrived(t);
});

t.test('chat: events come in the grammar of OpenAI, and usage only where it was asked for', async (t) => {
  for (const asked of [true, false]) {
    const stream = await openai.chat.completions.create({
      ...chat,
      stream: true,
      ...(asked ? { stream_options: { include_usage: true } } : {}),
    });
    const events: OpenAI.ChatCompletionChunk[] = [];
    for await (const event of stream) events.push(event);
    t.equal(events[0]?.choices[0]?.delta.role, 'assistant');
    t.equal(new Set(events.map((event) => event.id)).size, 1);
    const finishes = events.flatMap((event) => event.choices.flatMap((choice) => choice.finish_reason ?? []));
    t.strictSame(finishes, ['tool_calls']);
    const counts = events.filter((event) => event.usage != null);
    t.equal(counts.length, asked ? 1 : 0);
    if (asked) t.match(events.at(-1), { choices: [], usage });
  }
});

for (const stream of [false, true]) {
  const way = stream ? 'streamed' : 'whole';

  t.test(`chat: runTools runs the tool, ${way}`, async (t) => {
    const called: unknown[] = [];
    const tool = {
      type: 'function' as const,
      function: {
        name: 'get_weather',
        description,
        parameters,
        parse: (text: string) => JSON.parse(text) as { city: string },
        function: (args: { city: string }) => {
          called.push(args);
          return '11 degrees';
        },
      },
    };
    const { model, messages } = chat;
    const runner = stream
      ? openai.chat.completions.runTools({ model, messages, tools: [tool], stream: true })
      : openai.chat.completions.runTools({ model, messages, tools: [tool] });
    t.equal(await runner.finalContent(), script.verdict);
    t.strictSame(called, [{ city: 'Oslo' }]);
    checkArrived(t);
  });

  t.test(`responses: the tool runner runs the tool, ${way}`, async (t) => {
    const called: unknown[] = [];
    const tool = zodResponsesFunction({
      name: 'get_weather',
      description,
      parameters: z.object({ city: z.string() }),
      function: (args) => {
        called.push(args);
        return '11 degrees';
      },
    });
    const runner = new ResponsesToolRunner({ functions: [runnerFunction(tool)] });
    const body = { model: 'claude', instructions: 'Be brief.', input: question, store: false };
    const final = await runner.run(openai, body, { stream });
    t.equal(final.output_text, script.verdict);
    t.strictSame(called, [{ city: 'Oslo' }]);
    checkArrived(t);
  });
}

t.test('chat: JSON by schema is parsed', async (t) => {
  const { model, messages } = chat;
  const response_format = zodResponseFormat(schema, 'weather');
  const answer = await openai.chat.completions.parse({ model, messages, response_format });
  t.strictSame(answer.choices[0]?.message.parsed, script.object);
  t.equal(answer.choices[0]?.finish_reason, 'stop');
  const streamed = await openai.chat.completions
    .stream({ model, messages, response_format })
    .finalChatCompletion();
  t.strictSame(streamed.choices[0]?.message.parsed, script.object);
});

t.test('chat: a call can be demanded, and tools forbidden', async (t) => {
  const tool_choice = { type: 'function' as const, function: { name: 'get_weather' } };
  const forced = await openai.chat.completions.create({ ...chat, tool_choice, parallel_tool_calls: false });
  t.match(forced.choices[0]?.message.tool_calls, [{ function: { name: 'get_weather' } }]);
  t.match(anthropic.arrived[0]?.body['tool_choice'], {
    type: 'tool',
    name: 'get_weather',
    disable_parallel_tool_use: true,
  });
  const none = await openai.chat.completions.create({ ...chat, tool_choice: 'none' });
  t.equal(none.choices[0]?.message.content, script.greeting);
});

const tools: OpenAI.Responses.FunctionTool[] = [
  { type: 'function', name: 'get_weather', description, parameters, strict: true },
];
const asked = { model: 'claude', instructions: 'Be brief.', tools, store: false };

t.test('responses: a tool is called and its result answered, whole', async (t) => {
  const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: question }];
  const first = await openai.responses.create({ ...asked, input });
  t.equal(first.status, 'completed');
  t.equal(first.output_text, script.preface);
  const call = first.output.find((item) => item.type === 'function_call')!;
  t.match(call, { name: 'get_weather', arguments: '{"city":"Oslo"}', call_id: 'toolu_01Scripted' });
  t.match(first.usage, responsesUsage);
  input.push(...(first.output as OpenAI.Responses.ResponseInputItem[]));
  input.push({ type: 'function_call_output', call_id: call.call_id, output: '11 degrees' });
  const second = await openai.responses.create({ ...asked, input });
  t.equal(second.output_text, script.verdict);
  t.match(second.usage, responsesUsage);
  checkArrived(t);
});

t.test('responses: the stream helper gathers texts, calls and usage', async (t) => {
  const stream = openai.responses.stream({ ...asked, input: question });
  const events: OpenAI.Responses.ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  t.strictSame(
    events.map((event) => event.sequence_number),
    events.map((_event, index) => index),
  );
  const text = events
    .map((event) => (event.type === 'response.output_text.delta' ? event.delta : ''))
    .join('');
  t.equal(text, script.preface);
  t.match(
    events.find((event) => event.type === 'response.function_call_arguments.done'),
    { arguments: '{"city":"Oslo"}' },
  );
  t.equal(events.at(-1)?.type, 'response.completed');
  const first = await stream.finalResponse();
  t.match(first.usage, responsesUsage);
  const call = first.output.find((item) => item.type === 'function_call')!;
  const second = openai.responses.stream({
    ...asked,
    input: [
      { role: 'user', content: question },
      ...(first.output as OpenAI.Responses.ResponseInputItem[]),
      { type: 'function_call_output', call_id: call.call_id, output: '11 degrees' },
    ],
  });
  t.equal((await second.finalResponse()).output_text, script.verdict);
  checkArrived(t);
});

t.test('responses: JSON by schema is parsed', async (t) => {
  const text = { format: zodTextFormat(schema, 'weather') };
  const answer = await openai.responses.parse({ model: 'claude', input: question, text });
  t.strictSame(answer.output_parsed, script.object);
  const streamed = await openai.responses.stream({ model: 'claude', input: question, text }).finalResponse();
  t.strictSame(streamed.output_parsed, script.object);
});

const ways: readonly [string, (model: string, more?: object, apiKey?: string) => PromiseLike<unknown>][] = [
  [
    'chat',
    (model, more = {}, apiKey = key) =>
      client(apiKey).chat.completions.create({ model, messages: chat.messages, ...more }),
  ],
  [
    'responses',
    (model, more = {}, apiKey = key) => client(apiKey).responses.create({ model, input: 'Hi', ...more }),
  ],
];

for (const [api, ask] of ways) {
  t.test(`${api}: errors are those of the SDK`, async (t) => {
    const wrongKey = await failure(ask('claude', {}, 'sk-wrong'));
    t.ok(wrongKey instanceof AuthenticationError);
    t.match(wrongKey, { status: 401, code: 'invalid_api_key' });
    const unknown = await failure(ask('clod'));
    t.ok(unknown instanceof NotFoundError);
    t.match(unknown, { status: 404, code: 'model_not_found', param: 'model' });
    const wrong = await failure(ask('claude', { temperature: 'hot' }));
    t.ok(wrong instanceof BadRequestError, 'a field of the wrong type');
    t.ok(
      (await failure(ask('claude', { [api === 'chat' ? 'messages' : 'input']: 7 }))) instanceof
        BadRequestError,
    );
    t.equal(anthropic.arrived.length, 0, 'none of these reached the provider');

    anthropic.next(anthropicError(429, 'rate_limit_error', 'Too many tokens', { 'retry-after': '23' }));
    const limited = await failure(ask('claude'));
    t.ok(limited instanceof RateLimitError);
    t.match(limited, { status: 429, code: 'rate_limit_exceeded' });
    t.ok(Number((limited as APIError).headers?.get('retry-after')) > 0);

    anthropic.next(
      anthropicError(400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
    );
    const long = await failure(ask('claude'));
    t.ok(long instanceof BadRequestError);
    t.match(long, { code: 'context_length_exceeded' });

    anthropic.next(anthropicError(401, 'authentication_error', 'invalid x-api-key'));
    const refused = await failure(ask('claude'));
    t.ok(
      refused instanceof InternalServerError,
      "the provider's refusal of the gateway's key is not the client's",
    );
    t.match(refused, { status: 502 });
    t.notMatch(String(refused), /x-api-key|sk-ant/);
  });
}

t.test('chat: an error or a cut in mid-stream is an APIError after the words before it', async (t) => {
  for (const broken of [anthropicStreamError, { ...anthropicStreamError, events: events(3), cut: true }]) {
    anthropic.next(broken);
    const stream = await openai.chat.completions.create({ ...chat, stream: true });
    let text = '';
    const error = await failure(
      (async () => {
        for await (const event of stream) text += event.choices[0]?.delta.content ?? '';
      })(),
    );
    t.equal(text, 'Hello');
    t.ok(error instanceof APIError, String(error));
  }
});

t.test('responses: an error in mid-stream is told, and there is no end', async (t) => {
  anthropic.next(anthropicStreamError);
  const types: string[] = [];
  const error = await failure(
    (async () => {
      const stream = await openai.responses.create({ ...asked, input: question, stream: true });
      for await (const event of stream) types.push(event.type);
    })(),
  );
  t.ok(types.includes('response.output_text.delta'));
  t.notOk(types.includes('response.completed'));
  t.ok(
    error instanceof APIError || types.includes('response.failed') || types.includes('error'),
    types.join(),
  );
  anthropic.next(anthropicStreamError);
  t.ok(await failure(openai.responses.stream({ ...asked, input: question }).finalResponse()));
});

function events(count: number): readonly string[] {
  return 'events' in anthropicStreamError ? anthropicStreamError.events.slice(0, count) : [];
}
