import t from 'tap';
import {
  chatEvents,
  chatReply,
  type ScriptedReply,
  type TestGateway,
  testGateway,
} from '../../../core/testing.ts';
import { isJsonObject, type Json, type JsonObject, type UpstreamRequest } from '../../../sdk/index.ts';

const person = {
  type: 'object',
  properties: { name: { type: 'string', pattern: '^[A-Z]' }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
};
const good = { name: 'Ada', age: 36 };
const bad = { name: 'Ada', age: 'old' };
const format = { type: 'json_schema', json_schema: { name: 'person', schema: person, strict: true } };

/** The answer that a provider gives in its own format; forced tools are called. */
const kinds: Readonly<Record<string, { config: string; answer(body: JsonObject, value: Json): Json }>> = {
  openai: {
    config: '{ kind: openai, base_url: http://up.test/v1, api_key: k, apis: [chat] }',
    answer: (_, value) => chatReply(JSON.stringify(value)).json!,
  },
  'anthropic native': {
    config: '{ kind: anthropic, base_url: http://up.test, api_key: k }',
    answer: (body, value) => {
      const [tool] = (body['tools'] ?? []) as readonly JsonObject[];
      const content =
        tool === undefined
          ? { type: 'text', text: JSON.stringify(value) }
          : { type: 'tool_use', id: 'toolu_1', name: tool['name']!, input: value };
      return {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude',
        content: [content],
        stop_reason: tool === undefined ? 'end_turn' : 'tool_use',
        stop_sequence: null,
        usage: { input_tokens: 5, output_tokens: 7 },
      } as Json;
    },
  },
  gemini: {
    config: '{ kind: gemini, base_url: http://up.test, api_key: k }',
    answer: (_, value) => ({
      candidates: [
        {
          content: { role: 'model', parts: [{ text: JSON.stringify(value) }] },
          finishReason: 'STOP',
          index: 0,
        },
      ],
      usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 7, totalTokenCount: 12 },
    }),
  },
  bedrock: {
    config:
      '{ kind: bedrock, base_url: http://up.test, region: us-east-1, access_key_id: A, secret_access_key: s }',
    answer: (body, value) => {
      const tools = isJsonObject(body['toolConfig'])
        ? (body['toolConfig']['tools'] as readonly JsonObject[])
        : [];
      const spec = tools[0]?.['toolSpec'] as JsonObject | undefined;
      const content =
        spec === undefined
          ? { text: JSON.stringify(value) }
          : { toolUse: { toolUseId: 't1', name: spec['name']!, input: value } };
      return {
        output: { message: { role: 'assistant', content: [content] } },
        stopReason: spec === undefined ? 'end_turn' : 'tool_use',
        usage: { inputTokens: 5, outputTokens: 7, totalTokens: 12 },
        metrics: { latencyMs: 1 },
      } as Json;
    },
  },
};
const all = {
  ...kinds,
  'anthropic by a forced tool': { ...kinds['anthropic native']!, model: 'claude-3-5-haiku-20241022' },
};
const models: Readonly<Record<string, string>> = {
  openai: 'gpt-4o-mini',
  'anthropic native': 'claude-sonnet-4-6',
  'anthropic by a forced tool': 'claude-3-5-haiku-20241022',
  gemini: 'gemini-2.5-flash',
  bedrock: 'anthropic.claude-3-haiku-20240307-v1:0',
};

/** A body, for what it is. */
// biome-ignore lint/suspicious/noExplicitAny: answers of tests
const bodyOf = async (response: Response): Promise<any> => response.json();

async function start(kind: string, options = ''): Promise<TestGateway> {
  const gateway = await testGateway({
    config: `providers:\n  up: ${all[kind as keyof typeof all]!.config}\nmodels:\n  test: 'up/${models[kind]}'\n`,
    policies: { '70-structured.yaml': `plugin: structured-output\n${options}` },
  });
  t.teardown(gateway.close);
  return gateway;
}

function script(gateway: TestGateway, kind: string, values: readonly Json[]): void {
  const left = [...values];
  gateway.upstream.otherwise((request: UpstreamRequest): ScriptedReply => {
    const body = JSON.parse(request.body.toString()) as JsonObject;
    return { json: all[kind as keyof typeof all]!.answer(body, left.shift() ?? null) };
  });
}

for (const kind of Object.keys(all)) {
  t.test(`${kind}: what meets the schema passes, what does not is repaired, or refused`, async (t) => {
    const gateway = await start(kind);
    script(gateway, kind, [good, bad, good, bad, bad]);
    const fine = await gateway.chat('Who?', { response_format: format });
    t.match(JSON.parse((await bodyOf(fine)).choices[0].message.content), good);
    t.match(gateway.trace(fine), { tags: { structured_output: 'valid' }, asides: [] });

    const repaired = await gateway.chat('Who?', { response_format: format });
    const body = await bodyOf(repaired);
    t.strictSame(JSON.parse(body.choices[0].message.content), good);
    t.equal(body.choices[0].finish_reason, 'stop');
    t.match(gateway.trace(repaired), {
      tags: { structured_output: 'repaired' },
      asides: [{ purpose: 'structured-output' }],
    });
    const asked = String(gateway.upstream.calls[2]!.request.body);
    t.match(asked, '/age: must be integer', 'the model sees what is wrong');

    const refused = await gateway.chat('Who?', { response_format: format });
    t.equal(refused.status, 422);
    const { error } = await bodyOf(refused);
    t.equal(error.code, 'structured_output_invalid');
    t.match(error.message, /response_format; at \/age it must be integer/);
    t.notMatch(JSON.stringify(gateway.trace(refused)), 'old');
  });
}

t.test('the schema goes to the provider in its own words, or as a forced tool', async (t) => {
  const sent: Record<string, string> = {};
  for (const kind of Object.keys(all)) {
    const gateway = await start(kind);
    script(gateway, kind, [good]);
    await (await gateway.chat('Who?', { response_format: format })).text();
    sent[kind] = String(gateway.upstream.calls[0]!.request.body);
  }
  t.match(sent['openai'], '"response_format":{"type":"json_schema"');
  t.match(sent['anthropic native'], '"output_config":{"format":{"type":"json_schema"');
  t.match(sent['anthropic by a forced tool'], /"tool_choice":\{"type":"tool","name":"json_answer"/);
  t.match(sent['gemini'], '"responseMimeType":"application/json"');
  t.match(sent['bedrock'], /"toolChoice":\{"tool":\{"name":"json_answer"/);
});

const fronts: Readonly<Record<string, JsonObject>> = {
  '/v1/chat/completions': { messages: [{ role: 'user', content: 'Who?' }], response_format: format },
  '/v1/messages': {
    messages: [{ role: 'user', content: 'Who?' }],
    max_tokens: 100,
    output_config: { format: { type: 'json_schema', schema: person } },
  },
  '/v1/responses': {
    input: 'Who?',
    text: { format: { type: 'json_schema', name: 'person', schema: person } },
  },
};
for (const [path, body] of Object.entries(fronts)) {
  t.test(`${path}: whole and streamed, held until it is right`, async (t) => {
    const gateway = await start('openai');
    const texts = [JSON.stringify(bad).slice(0, 9), JSON.stringify(bad).slice(9)];
    const fixed = JSON.stringify(good);
    gateway.upstream.reply(chatReply(JSON.stringify(bad)), chatReply(fixed));
    const whole = await (await gateway.post(path, { model: 'test', ...body })).text();
    t.match(whole, JSON.stringify(fixed));
    gateway.upstream.reply({ sse: chatEvents(texts) }, chatReply(fixed));
    const stream = await (await gateway.post(path, { model: 'test', stream: true, ...body })).text();
    t.match(stream, JSON.stringify(fixed));
    t.notMatch(stream, 'old');
    gateway.upstream.reply({ sse: chatEvents(texts) }, chatReply('never'));
    const refused = await gateway.post(path, { model: 'test', stream: true, ...body });
    t.equal(refused.status, 422, 'the client has seen nothing yet');
    t.match(await refused.text(), /must be JSON/);
  });
  t.test(`${path}: a stream that passes ends with an error`, async (t) => {
    const gateway = await start('openai', 'stream: pass\n');
    gateway.upstream.reply(
      { sse: chatEvents([JSON.stringify(good)]) },
      { sse: chatEvents([JSON.stringify(bad)]) },
    );
    const fine = await (await gateway.post(path, { model: 'test', stream: true, ...body })).text();
    t.notMatch(fine, 'structured_output_invalid');
    const broken = await (await gateway.post(path, { model: 'test', stream: true, ...body })).text();
    t.match(broken, 'at /age it must be integer');
    t.notMatch(broken, /\[DONE\]|message_stop|response\.completed|"finish_reason":"stop"/);
  });
}

t.test('requests without a schema stream as ever', async (t) => {
  const gateway = await start('openai');
  const stream = gateway.upstream.open();
  const answer = gateway.chat('Hi', { stream: true });
  stream.head();
  const [first, ...rest] = chatEvents(['Hello']);
  stream.event(first!);
  t.equal((await answer).status, 200, 'the head is there before the end');
  for (const event of rest) stream.event(event);
  stream.end();
  t.match(await (await answer).text(), 'Hello');
});

t.test('a fence is taken off, and a cut answer is not repaired', async (t) => {
  const gateway = await start('openai');
  gateway.upstream.reply(chatReply(`\`\`\`json\n${JSON.stringify(good)}\n\`\`\``));
  const fenced = await gateway.chat('Who?', { response_format: format });
  t.equal((await bodyOf(fenced)).choices[0].message.content, JSON.stringify(good));
  t.match(gateway.trace(fenced), { tags: { structured_output: 'unwrapped' } });
  const cut = chatReply('{"name":"A').json as JsonObject;
  const [choice] = cut['choices'] as readonly JsonObject[];
  gateway.upstream.reply({ json: { ...cut, choices: [{ ...choice, finish_reason: 'length' }] } });
  const refused = await gateway.chat('Who?', { response_format: format });
  t.equal(refused.status, 422);
  t.match((await bodyOf(refused)).error.message, /cut at its output limit/);
  t.equal(gateway.upstream.calls.length, 2);
});

t.test('json_object must be an object', async (t) => {
  const gateway = await start('openai', 'repair: 0\n');
  gateway.upstream.reply(chatReply('{}'), chatReply('[]'));
  const json = { response_format: { type: 'json_object' } };
  t.equal((await gateway.chat('JSON', json)).status, 200);
  t.equal((await gateway.chat('JSON', json)).status, 422);
});

t.test('arguments of tool calls are checked and repaired on request', async (t) => {
  const tools = [{ type: 'function', function: { name: 'save', parameters: person } }];
  const reply = (args: string): ScriptedReply => {
    const base = chatReply('').json as JsonObject;
    const call = { id: 'call_1', type: 'function', function: { name: 'save', arguments: args } };
    const message = { role: 'assistant', content: null, tool_calls: [call] };
    return { json: { ...base, choices: [{ index: 0, message, finish_reason: 'tool_calls' }] } };
  };
  const gateway = await start('openai', 'tools: true\n');
  gateway.upstream.reply(
    reply(JSON.stringify(good)),
    reply('{"name":"ada","age":1}'),
    chatReply(JSON.stringify(good)),
  );
  t.equal((await gateway.chat('Save', { tools })).status, 200);
  const repaired = await bodyOf(await gateway.chat('Save', { tools }));
  t.match(repaired.choices[0], {
    finish_reason: 'tool_calls',
    message: { tool_calls: [{ id: 'call_1', function: { name: 'save', arguments: JSON.stringify(good) } }] },
  });
  gateway.upstream.reply(reply('{}'), chatReply('{}'));
  const refused = await gateway.chat('Save', { tools });
  t.equal(refused.status, 422);
  t.match((await bodyOf(refused)).error.message, /the arguments of save to meet the schema in tools\[0\]/);
});

t.test('schemas that cannot be used are refused before anybody is asked', async (t) => {
  const gateway = await start('openai', 'max_schema_chars: 5000\n');
  let deep: JsonObject = { type: 'string' };
  for (let level = 0; level < 50; level += 1) deep = { items: deep };
  for (const [schema, why] of [
    [{ $ref: 'https://example.com/s.json' }, /points out of it/],
    [deep, /nested deeper/],
    [{ description: 'x'.repeat(6000) }, /characters; expected at most 5000/],
    [{ type: 'nothing' }, /schema is invalid/],
    [{ properties: { a: { pattern: '(a)\\1' } } }, /linear time/],
    [{ $ref: '#/nowhere' }, /can't resolve/],
  ] as const) {
    const refused = await gateway.chat('Hi', {
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    });
    t.equal(refused.status, 400);
    t.match((await bodyOf(refused)).error, { code: 'invalid_request', message: why });
  }
  t.equal(gateway.upstream.calls.length, 0);
});

t.test('a schema without an end is stopped, and others are checked after it', async (t) => {
  const gateway = await start('openai', 'time: 300ms\nrepair: 0\n');
  const defs: Record<string, JsonObject> = { d0: { type: 'object' } };
  for (let level = 1; level < 40; level += 1) {
    const $ref = `#/$defs/d${level - 1}`;
    defs[`d${level}`] = { allOf: [{ $ref }, { $ref }] };
  }
  gateway.upstream.reply(chatReply('{}'), chatReply(JSON.stringify(good)));
  const schema = { $ref: '#/$defs/d39', $defs: defs };
  const answer = gateway.chat('Hi', {
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
  });
  while (gateway.upstream.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  await gateway.clock.advance(5_000);
  const stopped = await answer;
  t.equal(stopped.status, 503);
  t.match((await bodyOf(stopped)).error, { code: 'policy_error' });
  t.equal((await gateway.chat('Who?', { response_format: format })).status, 200);
});
