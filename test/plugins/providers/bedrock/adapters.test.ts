import t from 'tap';
import { GatewayError } from '../../../../sdk/errors.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import type { Api } from '../../../../sdk/view.ts';
import type { Adapter } from '../../../../sdk/wire.ts';
import { contextOf, makeProvider, say } from './kit.ts';

function adapter(api: Api, model: string): Adapter {
  const found = makeProvider().dialect(api, model);
  if (found === null || typeof found === 'string' || found.kind !== 'adapter') throw new Error('no adapter');
  return found;
}

function embed(model: string, body: JsonObject, answer: JsonObject = {}) {
  const call = {
    body,
    conversation: () => {
      throw new Error('embeddings have no conversation');
    },
    context: contextOf(model),
  };
  const found = adapter('embeddings', model);
  const { body: sent, dropped } = found.encode(call);
  return { sent: JSON.parse(sent) as JsonObject, dropped, answer: found.answer(answer, call) };
}

const titan1 = 'amazon.titan-embed-text-v1';
const titan2 = 'amazon.titan-embed-text-v2:0';
const cohere3 = 'cohere.embed-multilingual-v3';
const cohere4 = 'us.cohere.embed-v4:0';

t.test('Titan embeds one text', async (t) => {
  const { sent, dropped, answer } = embed(
    titan2,
    { model: 'x', input: ['Hello'], dimensions: 256, user: 'u' },
    { embedding: [0.5, -1], inputTextTokenCount: 3 },
  );
  t.same(sent, { inputText: 'Hello', dimensions: 256 });
  t.same(dropped, ['user']);
  t.same(answer, {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: [0.5, -1] }],
    model: titan2,
    usage: { prompt_tokens: 3, total_tokens: 3 },
  });
  t.same(embed(titan1, { input: 'Hello' }).sent, { inputText: 'Hello' });
});

t.test('Cohere embeds several, and does not count them in its body', async (t) => {
  const { sent, answer } = embed(
    cohere4,
    { input: ['a', 'b'], dimensions: 512, input_type: 'search_query' },
    { embeddings: { float: [[1], [2]] } },
  );
  t.same(sent, {
    texts: ['a', 'b'],
    input_type: 'search_query',
    embedding_types: ['float'],
    output_dimension: 512,
  });
  t.match(answer, { data: [{ embedding: [1] }, { index: 1, embedding: [2] }] });
  t.notOk('usage' in (answer as JsonObject));
  t.match(embed(cohere3, { input: 'a' }, { embeddings: [[1, 2]] }), {
    sent: { texts: ['a'], input_type: 'search_document' },
    answer: { data: [{ embedding: [1, 2] }] },
  });
});

t.test('vectors come in base64 where the client wants them so', async (t) => {
  const { answer } = embed(titan2, { input: 'a', encoding_format: 'base64' }, { embedding: [1.5, -2] });
  const bytes = Buffer.alloc(8);
  bytes.writeFloatLE(1.5, 0);
  bytes.writeFloatLE(-2, 4);
  t.match(answer, { data: [{ embedding: bytes.toString('base64') }] });
});

t.test('what a model cannot do is refused with advice', async (t) => {
  const cases: [string, JsonObject, RegExp][] = [
    [titan2, { input: ['a', 'b'] }, /one text in a request, came 2/],
    [cohere3, { input: Array.from({ length: 97 }, () => 'a') }, /96 texts in a request, came 97/],
    [titan2, { input: [1, 2, 3] }, /got tokens/],
    [cohere3, { input: [[1], [2]] }, /got tokens/],
    [titan1, { input: 'a', dimensions: 256 }, /1536, 256 were wanted/],
    [cohere3, { input: 'a', dimensions: 256 }, /1024, 256 were wanted/],
  ];
  for (const [model, body, message] of cases) {
    t.throws(() => embed(model, body), {
      constructor: GatewayError,
      code: 'unsupported_parameter',
      status: 400,
      message,
    });
  }
  t.same(embed(cohere3, { input: 'a', dimensions: 1024 }).sent['output_dimension'], undefined);
});

t.test('an answer without vectors is none', async (t) => {
  for (const body of [{}, { embeddings: [] }, { embeddings: ['a'] }, { embedding: 'x' }, { message: 'no' }]) {
    t.equal(embed(titan2, { input: 'a' }, body).answer, null);
  }
});

t.test('counting tokens sends the prompt alone', async (t) => {
  const found = adapter('count_tokens', 'us.anthropic.claude-sonnet-4-6');
  const conversation = say({
    system: [{ type: 'text', text: 'Be brief' }],
    maxOutputTokens: 5,
    temperature: 1,
    tools: [{ name: 'f', description: '', schema: {}, strict: null }],
  });
  const call = {
    body: {},
    conversation: () => conversation,
    context: contextOf('us.anthropic.claude-sonnet-4-6'),
  };
  t.same(JSON.parse(found.encode(call).body), {
    input: {
      converse: {
        messages: [{ role: 'user', content: [{ text: 'Hello' }] }],
        system: [{ text: 'Be brief' }],
        toolConfig: {
          tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object', properties: {} } } } }],
        },
      },
    },
  });
  t.same(found.answer({ inputTokens: 12 }, call), { input_tokens: 12 });
  t.equal(found.answer({ message: 'no' }, call), null);
});
