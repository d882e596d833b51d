import OpenAI, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import t from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/log.ts';

/** A gateway on a real socket with the built-in mock provider, and the OpenAI SDK as its client. */
async function start(config: { name: string; text: string } | null = null) {
  const gateway = await createGateway({
    config,
    policies: {},
    env: {},
    port: 0,
    services: { log: silentLog },
  });
  const { url } = await gateway.listen();
  const client = (apiKey = 'unused') => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
  return { client, close: () => gateway.close() };
}

/** What a call of the SDK was rejected with. */
function failure(call: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  );
}

t.test('the OpenAI SDK works through the gateway', async (t) => {
  const { client, close } = await start();
  t.teardown(close);
  const openai = client();
  const messages = [{ role: 'user' as const, content: 'Say hello' }];

  t.test('lists and shows models', async (t) => {
    const models: string[] = [];
    for await (const model of await openai.models.list()) models.push(model.id);
    t.strictSame(models.sort(), ['cheap', 'mock', 'smart']);
    t.match(await openai.models.retrieve('smart'), { id: 'smart', object: 'model' });
    t.match(await openai.models.retrieve('mock/gpt'), { id: 'mock/gpt' });
    t.ok((await failure(openai.models.retrieve('smat'))) instanceof NotFoundError);
  });

  t.test('completes', async (t) => {
    const answer = await openai.chat.completions.create({ model: 'smart', messages });
    t.match(answer.choices[0]?.message.content, /Say hello/);
    t.equal(answer.choices[0]?.finish_reason, 'stop');
    t.ok(answer.usage!.total_tokens > 0);
    t.match(answer._request_id, /^req_/);
  });

  t.test('streams, with usage when asked for', async (t) => {
    const stream = await openai.chat.completions.create({
      model: 'cheap',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage += chunk.usage?.total_tokens ?? 0;
    }
    t.match(text, /Say hello/);
    t.ok(usage > 0);
    const whole = await openai.chat.completions.stream({ model: 'cheap', messages }).finalChatCompletion();
    t.equal(whole.choices[0]?.message.content, text);
  });

  t.test('calls tools, whole and streamed', async (t) => {
    const tools = [
      {
        type: 'function' as const,
        function: {
          name: 'get_weather',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
      },
    ];
    const asked = [{ role: 'user' as const, content: 'get_weather in Oslo' }];
    const answer = await openai.chat.completions.create({ model: 'smart', messages: asked, tools });
    const call = answer.choices[0]?.message.tool_calls?.[0];
    t.equal(answer.choices[0]?.finish_reason, 'tool_calls');
    t.ok(call?.type === 'function' && 'city' in JSON.parse(call.function.arguments));
    const streamed = await openai.chat.completions
      .stream({ model: 'smart', messages: asked, tools })
      .finalChatCompletion();
    t.match(streamed.choices[0]?.message.tool_calls?.[0], {
      type: 'function',
      function: call?.type === 'function' ? call.function : {},
    });
    const after = await openai.chat.completions.create({
      model: 'smart',
      tools,
      messages: [
        ...asked,
        answer.choices[0]!.message,
        { role: 'tool', tool_call_id: call!.id, content: '11 degrees' },
      ],
    });
    t.match(after.choices[0]?.message.content, /11 degrees/);
  });

  t.test('asks for JSON by schema', async (t) => {
    const answer = await openai.chat.completions.create({
      model: 'smart',
      messages,
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'city',
          schema: {
            type: 'object',
            properties: { name: { type: 'string' } },
            required: ['name'],
            additionalProperties: false,
          },
        },
      },
    });
    t.type(JSON.parse(answer.choices[0]!.message.content!).name, 'string');
  });

  t.test('embeds, as numbers and as base64', async (t) => {
    const answer = await openai.embeddings.create({ model: 'mock', input: ['one', 'two'] });
    t.equal(answer.data.length, 2);
    t.ok(answer.data[0]!.embedding.length > 10);
    t.type(answer.data[0]!.embedding[0], 'number');
    const plain = await openai.embeddings.create({ model: 'mock', input: 'one', encoding_format: 'float' });
    t.ok(Math.abs(plain.data[0]!.embedding[0]! - answer.data[0]!.embedding[0]!) < 1e-6);
  });

  t.test('uses legacy completions', async (t) => {
    const answer = await openai.completions.create({ model: 'mock', prompt: 'Once upon a time' });
    t.ok(answer.choices[0]!.text.length > 0);
  });

  t.test('gets typed errors', async (t) => {
    const ask = (model: string, more: object = {}) =>
      openai.chat.completions.create({
        model,
        messages,
        ...more,
      } as OpenAI.ChatCompletionCreateParamsNonStreaming);
    t.ok((await failure(ask('no-such-model'))) instanceof NotFoundError);
    t.ok((await failure(ask('mock/gpt+error-429'))) instanceof RateLimitError);
    t.ok((await failure(ask('mock', { messages: 'no list' }))) instanceof BadRequestError);
    t.ok((await failure(ask('mock', { messages: [] }))) instanceof BadRequestError);
    t.ok((await failure(ask('mock/gpt+error-500'))) instanceof InternalServerError);
    const error = (await failure(ask('no-such-model'))) as InstanceType<typeof NotFoundError>;
    t.match(error, { status: 404, code: 'model_not_found', param: 'model', type: 'invalid_request_error' });
  });

  t.test('sees an error, not an end, when the upstream is cut in mid-stream', async (t) => {
    const stream = await openai.chat.completions.create({ model: 'mock/gpt+cut-3', messages, stream: true });
    await t.rejects(async () => {
      for await (const chunk of stream) t.ok(chunk);
    });
  });
});

t.test('with a master key, a wrong key is an AuthenticationError', async (t) => {
  const { client, close } = await start({
    name: 'gateway.yaml',
    text: 'auth: { master_key: sk-master }\n',
  });
  t.teardown(close);
  t.ok((await failure(client('sk-wrong').models.list())) instanceof AuthenticationError);
  const asked = client('sk-wrong').chat.completions.create({
    model: 'mock',
    messages: [{ role: 'user', content: 'Hi' }],
  });
  t.ok((await failure(asked)) instanceof AuthenticationError);
  t.ok((await client('sk-master').models.list()).data.length > 0);
});
