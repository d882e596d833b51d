import Anthropic, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { ThreadUnsupportedRequestError } from '@anthropic-ai/sdk/resources';
import t from 'tap';
import { z } from 'zod';
import { openAiError, openAiStreamError } from './openai-turn.ts';
import { script } from './script.ts';
import { failure, stage } from './stage.ts';

/** The Anthropic SDK, asking for a model of OpenAI's. */
const { url, key, anthropic, openai, close } = await stage();
t.teardown(close);
t.beforeEach(() => {
  openai.reset();
  anthropic.reset();
});

const clientWith = (apiKey: string) =>
  new Anthropic({ baseURL: url, apiKey, authToken: null, maxRetries: 0 });
const client = clientWith(key);
const description = 'Weather of a city';
const question = 'What is the weather in Oslo?';
const asked = {
  model: 'gpt',
  max_tokens: 1000,
  system: 'Be brief.',
  messages: [{ role: 'user' as const, content: question }],
  tools: [
    {
      name: 'get_weather',
      description,
      input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
    },
  ],
};
const usage = {
  input_tokens: script.usage.uncached,
  cache_read_input_tokens: script.usage.cached,
  output_tokens: script.usage.output,
};
const call = { type: 'tool_use', id: 'call_Scripted', name: 'get_weather', input: { city: 'Oslo' } };

const withResult = (content: Anthropic.ContentBlock[]): Anthropic.MessageParam[] => [
  ...asked.messages,
  { role: 'assistant', content },
  { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_Scripted', content: '11 degrees' }] },
];

/** What OpenAI must have been asked in the two requests of a conversation with one call. */
function checkArrived(t: Pick<typeof import('tap').t, 'equal' | 'match' | 'notMatch' | 'strictSame'>): void {
  t.equal(openai.arrived.length, 2);
  const [first, second] = openai.arrived;
  t.match(first!.headers, { authorization: 'Bearer sk-upstream' });
  t.notMatch(JSON.stringify(first!.headers), key, "the client's key stays here");
  t.match(first!.body, {
    model: 'gpt-4o',
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_weather',
          description,
          parameters: { type: 'object', properties: { city: {} } },
        },
      },
    ],
    messages: [{ role: 'system', content: /Be brief\./ }, { role: 'user' }],
  });
  t.match(JSON.stringify(first!.body['messages']), question);
  t.match(second!.body['messages'], [
    { role: 'system' },
    { role: 'user' },
    {
      role: 'assistant',
      tool_calls: [
        {
          id: 'call_Scripted',
          type: 'function',
          function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'call_Scripted', content: /11 degrees/ },
  ]);
}

t.test('messages: a tool is called and its result answered, whole', async (t) => {
  const first = await client.messages.create(asked);
  t.match(first, { type: 'message', role: 'assistant', stop_reason: 'tool_use' });
  t.match(first.id, /^msg_/);
  t.match(first.content, [call]);
  t.match(first.usage, usage);
  const second = await client.messages.create({ ...asked, messages: withResult(first.content) });
  t.match(second.content, [{ type: 'text', text: script.verdict }]);
  t.equal(second.stop_reason, 'end_turn');
  t.equal(openai.arrived[0]?.body['max_completion_tokens'] ?? openai.arrived[0]?.body['max_tokens'], 1000);
  checkArrived(t);
});

t.test('messages: the stream helper gathers blocks and usage', async (t) => {
  const stream = client.messages.stream(asked);
  const partial: string[] = [];
  stream.on('inputJson', (delta) => partial.push(delta));
  const first = await stream.finalMessage();
  t.equal(partial.join(''), '{"city":"Oslo"}');
  t.match(first.content, [call]);
  t.equal(first.stop_reason, 'tool_use');
  t.match(first.usage, usage);
  const second = client.messages.stream({ ...asked, messages: withResult(first.content) });
  let text = '';
  second.on('text', (delta) => {
    text += delta;
  });
  t.equal(await second.finalText(), script.verdict);
  t.equal(text, script.verdict);
  checkArrived(t);
});

t.test('messages: events come in the grammar of Anthropic', async (t) => {
  const events: Anthropic.RawMessageStreamEvent[] = [];
  for await (const event of await client.messages.create({ ...asked, stream: true })) events.push(event);
  const types = events.map((event) => event.type);
  t.equal(types[0], 'message_start');
  t.strictSame(types.slice(-2), ['message_delta', 'message_stop']);
  t.equal(types.filter((type) => type === 'message_delta').length, 1);
  let open: number | null = null;
  let next = 0;
  for (const event of events) {
    if (event.type === 'content_block_start') {
      t.equal(open, null, 'one block at a time');
      t.equal(event.index, next);
      open = event.index;
      next += 1;
    } else if (event.type === 'content_block_delta') t.equal(event.index, open);
    else if (event.type === 'content_block_stop') {
      t.equal(event.index, open);
      open = null;
    }
  }
  t.equal(open, null);
});

// The runner asks the API to hold the conversation and sends new messages only, unless it is told not to. A model of
// another vendor has nobody to hold it: the refusal must be the one after which the SDK sends everything again.
for (const [way, thread] of [
  ['with a thread', {}],
  ['without a thread', { thread: false as const }],
] as const) {
  for (const stream of [false, true]) {
    t.test(`the tool runner runs the tool, ${way}, ${stream ? 'streamed' : 'whole'}`, async (t) => {
      const called: unknown[] = [];
      const tool = betaZodTool({
        name: 'get_weather',
        description,
        inputSchema: z.object({ city: z.string() }),
        run: (args) => {
          called.push(args);
          return '11 degrees';
        },
      });
      const { model, max_tokens, system, messages } = asked;
      const body = { model, max_tokens, system, messages, tools: [tool], stream, ...thread };
      const final = await client.beta.messages.toolRunner(body).runUntilDone();
      t.match(final.content, [{ type: 'text', text: script.verdict }]);
      t.strictSame(called, [{ city: 'Oslo' }]);
      checkArrived(t);
    });
  }
}

t.test('a thread is refused where nobody can hold it, before the conversation is lost', async (t) => {
  const { model, max_tokens, messages } = asked;
  const thread = client.beta.messages.thread({ model, max_tokens, messages });
  const error = await failure(thread.send());
  t.ok(error instanceof ThreadUnsupportedRequestError, String(error));
  t.equal(openai.arrived.length, 0);
});

t.test('a thread that Anthropic has lost is told as such, and the SDK sends everything again', async (t) => {
  const { max_tokens, messages } = asked;
  const thread = client.beta.messages.thread({ model: 'claude', max_tokens, messages });
  await thread.send();
  const lost = { type: 'not_found_error', message: 'No thread', details: { error_code: 'thread_not_found' } };
  anthropic.next({ status: 404, json: { type: 'error', error: lost, request_id: 'req_01Up' } });
  const answer = await thread.send({ role: 'user', content: 'And in Rome?' });
  t.match(answer.content, [{ type: 'text', text: script.greeting }]);
  t.strictSame(
    anthropic.arrived.map(({ body }) => [
      (body['thread'] as { type: string }).type,
      (body['messages'] as unknown[]).length,
    ]),
    [
      ['create', 1],
      ['continue', 1],
      ['create', 3],
    ],
  );
});

t.test('JSON by schema is parsed', async (t) => {
  const format = zodOutputFormat(z.object({ city: z.string(), degrees: z.number() }));
  const { model, max_tokens, messages } = asked;
  const answer = await client.messages.parse({ model, max_tokens, messages, output_config: { format } });
  t.strictSame(answer.parsed_output, script.object);
  t.match(openai.arrived[0]?.body['response_format'], {
    type: 'json_schema',
    json_schema: { schema: { type: 'object', properties: { city: {}, degrees: {} } } },
  });
  const streamed = await client.messages
    .stream({ model, max_tokens, messages, output_config: { format } })
    .finalMessage();
  t.strictSame(streamed.parsed_output, script.object);
});

t.test('a call can be demanded, and tools forbidden', async (t) => {
  const forced = await client.messages.create({ ...asked, tool_choice: { type: 'any' } });
  t.match(forced.content, [{ type: 'tool_use', name: 'get_weather' }]);
  t.equal(openai.arrived[0]?.body['tool_choice'], 'required');
  const none = await client.messages.create({ ...asked, tool_choice: { type: 'none' } });
  t.match(none.content, [{ type: 'text', text: script.greeting }]);
});

t.test('tokens are counted, by the provider or as an estimate', async (t) => {
  const { model, system, messages, tools } = asked;
  const { input_tokens } = await client.messages.countTokens({ model, system, messages, tools });
  t.ok(Number.isInteger(input_tokens) && input_tokens > 5, String(input_tokens));
  const counted = await client.messages.countTokens({ model: 'claude', system, messages, tools });
  t.equal(counted.input_tokens, script.usage.input, 'a model of Anthropic is counted by Anthropic');
});

t.test('errors are those of the SDK', async (t) => {
  const ask = (model: string, more: object = {}, apiKey = key) =>
    clientWith(apiKey).messages.create({
      ...asked,
      model,
      ...more,
    } as Anthropic.MessageCreateParamsNonStreaming);
  const typed = (type: string) => ({ error: { type: 'error', error: { type, message: /./ } } });
  const wrongKey = await failure(ask('gpt', {}, 'sk-wrong'));
  t.ok(wrongKey instanceof AuthenticationError);
  t.match(wrongKey, { status: 401, ...typed('authentication_error') });
  const unknown = await failure(ask('gtp'));
  t.ok(unknown instanceof NotFoundError);
  t.match(unknown, { status: 404, requestID: /^req_/, ...typed('not_found_error') });
  const wrong = await failure(ask('gpt', { messages: 'none' }));
  t.ok(wrong instanceof BadRequestError);
  t.match(wrong, typed('invalid_request_error'));
  t.ok((await failure(ask('gpt', { max_tokens: 'many' }))) instanceof BadRequestError);
  t.equal(openai.arrived.length, 0, 'none of these reached the provider');

  openai.next(openAiError(429, 'tokens', 'rate_limit_exceeded', 'Too many tokens', { 'retry-after': '23' }));
  const limited = await failure(ask('gpt'));
  t.ok(limited instanceof RateLimitError);
  t.match(limited, { status: 429, ...typed('rate_limit_error') });
  t.ok(Number((limited as APIError).headers?.get('retry-after')) > 0);

  openai.next(
    openAiError(
      400,
      'invalid_request_error',
      'context_length_exceeded',
      "This model's maximum context length is 1",
    ),
  );
  const long = await failure(ask('gpt'));
  t.ok(long instanceof BadRequestError);
  t.match(long, typed('invalid_request_error'));

  openai.next(
    openAiError(401, 'invalid_request_error', 'invalid_api_key', 'Incorrect API key provided: sk-upstream'),
  );
  const refused = await failure(ask('gpt'));
  t.ok(
    refused instanceof InternalServerError,
    "the provider's refusal of the gateway's key is not the client's",
  );
  t.notMatch(String(refused), /sk-upstream/);
  t.match(refused, typed('api_error'));
});

t.test('an error or a cut in mid-stream is an APIError after the words before it', async (t) => {
  for (const broken of [openAiStreamError, { events: events(2), cut: true }]) {
    openai.next(broken);
    let text = '';
    const stream = await client.messages.create({ ...asked, stream: true });
    const error = await failure(
      (async () => {
        for await (const event of stream) {
          if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
            text += event.delta.text;
        }
      })(),
    );
    t.equal(text, 'Hello');
    t.ok(error instanceof APIError, String(error));
    t.match((error as APIError).error, { type: 'error', error: { message: /./ } });
    openai.next(broken);
    t.ok((await failure(client.messages.stream(asked).finalMessage())) instanceof APIError);
  }
});

function events(count: number): readonly string[] {
  return 'events' in openAiStreamError ? openAiStreamError.events.slice(0, count) : [];
}
