import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { responsesDialect } from '../../../../core/dialects/responses/dialect.ts';
import type { RequestChanges } from '../../../../sdk/change.ts';
import { GatewayError } from '../../../../sdk/errors.ts';
import type { JsonObject } from '../../../../sdk/json.ts';

const view = (body: JsonObject) =>
  responsesDialect.view(jsonTextFrom(JSON.stringify({ model: 'm', ...body })));

function change(body: JsonObject, changes: RequestChanges): JsonObject {
  const text = jsonTextFrom(JSON.stringify({ model: 'm', ...body }));
  return JSON.parse(
    text.edit(responsesDialect.edits(text, responsesDialect.view(text), changes)),
  ) as JsonObject;
}

t.test('what the gateway cannot rely on is refused with the field’s name', async (t) => {
  const table: [JsonObject, string][] = [
    [{ input: 'x', model: '' }, 'model'],
    [{ input: 'x', model: 3 }, 'model'],
    [{}, 'input'],
    [{ input: 3 }, 'input'],
    [{ input: {} }, 'input'],
    [{ input: ['x'] }, 'input[0]'],
    [{ input: [{ role: 'user', content: ['x'] }] }, 'input[0].content[0]'],
    [{ input: [{ type: 'function_call_output', call_id: 'c', output: [null] }] }, 'input[0].output[0]'],
    [{ input: 'x', instructions: ['x'] }, 'instructions'],
    [{ input: 'x', stream: 'yes' }, 'stream'],
    [{ input: 'x', max_output_tokens: 1.5 }, 'max_output_tokens'],
    [{ input: 'x', max_output_tokens: '9' }, 'max_output_tokens'],
    [{ input: 'x', tools: {} }, 'tools'],
    [{ input: 'x', tools: ['x'] }, 'tools[0]'],
    [{ input: 'x', text: 'x' }, 'text'],
  ];
  for (const [body, param] of table) {
    t.throws(
      () => responsesDialect.validate({ model: 'm', ...body }),
      { code: 'invalid_request', status: 400, param },
      JSON.stringify(body),
    );
  }
  const fine: JsonObject[] = [
    { input: '' },
    { input: [] },
    { input: [{ type: 'new_thing', content: 3 }], instructions: null, stream: null, max_output_tokens: null },
    { previous_response_id: 'resp_1' },
    { prompt: { id: 'p' } },
    { conversation: 'conv_1', input: null },
  ];
  for (const body of fine) t.doesNotThrow(() => responsesDialect.validate({ model: 'm', ...body }));
});

t.test('a request is looked at', async (t) => {
  const it = view({
    instructions: 'Be brief.',
    input: [
      { role: 'developer', content: 'D' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'a' },
          { type: 'input_image', image_url: 'u' },
          { type: 'input_text', text: 'b' },
        ],
      },
      {
        type: 'reasoning',
        id: 'rs',
        summary: [{ type: 'summary_text', text: 'why' }],
        encrypted_content: 'e',
      },
      {
        type: 'message',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'c' },
          { type: 'refusal', refusal: 'r' },
        ],
      },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":1}' },
      { type: 'function_call_output', call_id: 'c', output: 'out' },
      { type: 'custom_tool_call', call_id: 'd', name: 'g', input: 'in' },
      {
        type: 'custom_tool_call_output',
        call_id: 'd',
        output: [{ type: 'input_text', text: 'p' }, { type: 'input_image' }],
      },
    ],
    tools: [{ type: 'function', name: 'f' }, { type: 'custom', name: 'g' }, { type: 'web_search' }, 3],
    text: { format: { type: 'json_schema' } },
    max_output_tokens: 9,
    temperature: 0.5,
    stream: true,
  });
  t.same(it.messages, [
    { role: 'system', text: 'Be brief.', images: 0 },
    { role: 'system', text: 'D', images: 0 },
    { role: 'user', text: 'a\nb', images: 1 },
    { role: 'assistant', text: 'c', images: 0 },
    { role: 'tool', text: 'out', images: 0 },
    { role: 'tool', text: 'p', images: 1 },
  ]);
  t.equal(it.lastUser, 'a\nb');
  t.same(
    it.texts.map(({ pointer, role, text }) => `${pointer} ${role} ${text}`),
    [
      '/instructions system Be brief.',
      '/input/0/content system D',
      '/input/1/content/0/text user a',
      '/input/1/content/2/text user b',
      '/input/2/summary/0/text assistant why',
      '/input/3/content/0/text assistant c',
      '/input/3/content/1/refusal assistant r',
      '/input/4/arguments assistant {"a":1}',
      '/input/5/output tool out',
      '/input/6/input assistant in',
      '/input/7/output/0/text tool p',
    ],
  );
  t.same(it.tools, ['f', 'g', 'web_search']);
  t.same(
    [it.api, it.model, it.stream, it.imageCount, it.wantsJson, it.hasSystem, it.maxOutputTokens],
    ['responses', 'm', true, 2, true, true, 9],
  );
  t.same(Object.keys(it.params), ['text', 'max_output_tokens', 'temperature', 'stream']);
  t.ok(it.inputTokens > 1000);
  const plain = view({ input: 'Hello' });
  t.same(
    [plain.lastUser, plain.hasSystem, plain.wantsJson, plain.maxOutputTokens],
    ['Hello', false, false, null],
  );
  t.same(plain.texts, [{ pointer: '/input', role: 'user', text: 'Hello' }]);
  t.equal(plain.inputTokens, 6);
  t.same(view({ prompt: { id: 'p', variables: { 'a/b': 'x' } } }).texts, [
    { pointer: '/prompt/variables/a~1b', role: 'user', text: 'x' },
  ]);
});

t.test('changes are written into the body', async (t) => {
  t.same(
    change({ input: 'x' }, { model: 'n', params: { temperature: 0 }, system: { prepend: 'A', append: 'B' } }),
    {
      model: 'n',
      input: 'x',
      temperature: 0,
      instructions: 'A\n\nB',
    },
  );
  t.match(
    change(
      { instructions: 'old', input: 'x' },
      { texts: { '/instructions': 'new', '/input': 'y' }, system: { prepend: 'A' } },
    ),
    { instructions: 'A\n\nnew', input: 'y' },
  );
  t.equal(change({ input: 'x', max_output_tokens: 50 }, { maxOutputTokens: 20 })['max_output_tokens'], 20);
  t.equal(change({ input: 'x', max_output_tokens: 10 }, { maxOutputTokens: 20 })['max_output_tokens'], 10);
  t.equal(change({ input: 'x' }, { maxOutputTokens: 20 })['max_output_tokens'], 20);
  t.throws(() => change({ input: 'x' }, { params: { instructions: 'x' } }), /changes\.system/);
  t.throws(() => change({ input: 'x' }, { params: { input: 'x' } }), /cannot set "input"/);
  t.throws(() => change({ input: 'x' }, { texts: { '/input/0': 'x' } }), /no text at/);
});

t.test('usage needs no asking, and errors are OpenAI’s', async (t) => {
  const body = jsonTextFrom('{"model":"m","input":"x","stream":true}');
  t.same(responsesDialect.usageEdits(body), []);
  t.equal(responsesDialect.wantsUsage(body), true);
  t.equal(responsesDialect.answerId('req_abc'), 'resp_abc');
  t.same(responsesDialect.clientHeaders, ['openai-beta']);
  t.match(JSON.parse(responsesDialect.errorBody(new GatewayError('not_found', 'No.'), 'req_1')), {
    error: { message: 'No.', code: 'not_found' },
  });
});
