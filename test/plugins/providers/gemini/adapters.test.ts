import t from 'tap';
import { createCountTokens } from '../../../../plugins/providers/gemini/count-tokens.ts';
import { createEmbeddings } from '../../../../plugins/providers/gemini/embeddings.ts';
import type { Conversation } from '../../../../sdk/conversation.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import type { AdapterCall } from '../../../../sdk/wire.ts';
import { context, conversation, plain } from './support.ts';

function call(body: JsonObject, model: string, changes: Partial<Conversation> = {}): AdapterCall {
  return { body: { model, ...body }, conversation: () => conversation(changes), context: context(model) };
}

const embeddings = createEmbeddings(plain);

t.test('texts are embedded in one batch', async (t) => {
  const encoded = embeddings.encode(
    call({ input: ['a', 'b'], dimensions: 3, encoding_format: 'float', user: 'u' }, 'gemini-embedding-001'),
  );
  const model = 'models/gemini-embedding-001';
  t.same(JSON.parse(encoded.body), {
    requests: [
      { model, content: { parts: [{ text: 'a' }] }, outputDimensionality: 3 },
      { model, content: { parts: [{ text: 'b' }] }, outputDimensionality: 3 },
    ],
  });
  t.same(encoded.dropped, ['user']);
  const single = embeddings.encode(call({ input: 'a' }, 'gemini-embedding-001'));
  t.same(JSON.parse(single.body), { requests: [{ model, content: { parts: [{ text: 'a' }] } }] });
});

t.test('vectors come back in order, as numbers or as base64', async (t) => {
  const body = { embeddings: [{ values: [0.5, -1] }, { values: [2, 3] }] };
  t.same(embeddings.answer(body, call({ input: ['a', 'b'] }, 'm')), {
    object: 'list',
    data: [
      { object: 'embedding', index: 0, embedding: [0.5, -1] },
      { object: 'embedding', index: 1, embedding: [2, 3] },
    ],
    model: 'm',
    usage: { prompt_tokens: 1, total_tokens: 1 },
  });
  const encoded = embeddings.answer(
    body,
    call({ input: ['a', 'b'], encoding_format: 'base64' }, 'm'),
  ) as unknown as {
    data: { embedding: string }[];
  };
  // 0.5 and -1 as 32-bit floats, the lowest byte first.
  t.equal(encoded.data[0]!.embedding, Buffer.from('0000003f000080bf', 'hex').toString('base64'));
});

t.test('the count is passed on where there is one, and estimated where there is none', async (t) => {
  const body = { embeddings: [{ values: [1] }], usageMetadata: { promptTokenCount: 5 } };
  t.match(embeddings.answer(body, call({ input: 'a' }, 'm')), {
    usage: { prompt_tokens: 5, total_tokens: 5 },
  });
});

t.test('tokens cannot be embedded', async (t) => {
  for (const input of [[1, 2], [[1], [2]], []]) {
    t.throws(() => embeddings.encode(call({ input }, 'm')), {
      code: 'unsupported_parameter',
      param: 'input',
    });
  }
});

t.test('what holds no vector for each text is no answer', async (t) => {
  const bodies = [
    {},
    { embeddings: [] },
    { embeddings: [{ values: [1] }, { values: [1] }] },
    { embeddings: [{ values: ['x'] }] },
    { embeddings: [null] },
    { embeddings: 'x' },
    { error: { code: 400 } },
  ];
  for (const body of bodies) t.equal(embeddings.answer(body, call({ input: 'a' }, 'm')), null);
});

t.test('Vertex AI has two forms of its own', async (t) => {
  const vertex = createEmbeddings({ ...plain, vertex: true });
  const old = call({ input: ['a', 'b'], dimensions: 2 }, 'text-embedding-005');
  t.same(JSON.parse(vertex.encode(old).body), {
    instances: [{ content: 'a' }, { content: 'b' }],
    parameters: { outputDimensionality: 2 },
  });
  const predictions = [1, 2].map((value) => ({
    embeddings: { values: [value], statistics: { token_count: 3, truncated: false } },
  }));
  t.match(vertex.answer({ predictions }, old), {
    data: [{ embedding: [1] }, { embedding: [2] }],
    usage: { prompt_tokens: 6 },
  });
  const now = call({ input: ['a'], dimensions: 2 }, 'gemini-embedding-2');
  t.same(JSON.parse(vertex.encode(now).body), {
    content: { parts: [{ text: 'a' }] },
    outputDimensionality: 2,
  });
  t.match(vertex.answer({ embedding: { values: [1] } }, now), { data: [{ embedding: [1] }] });
  t.throws(() => vertex.encode(call({ input: ['a', 'b'] }, 'gemini-embedding-2')), {
    code: 'unsupported_parameter',
    message: /one text at a time/,
  });
});

const prompt: Partial<Conversation> = {
  system: [{ type: 'text', text: 'Be brief.' }],
  tools: [{ name: 'f', description: 'd', schema: {}, strict: null }],
  maxOutputTokens: 5,
};
const declared = {
  contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
  systemInstruction: { parts: [{ text: 'Be brief.' }] },
  tools: [
    {
      functionDeclarations: [
        { name: 'f', description: 'd', parametersJsonSchema: { type: 'object', properties: {} } },
      ],
    },
  ],
};

t.test('instructions and tools are counted, too', async (t) => {
  const counted = createCountTokens(plain).encode(call({}, 'gemini-2.5-flash', prompt));
  t.same(JSON.parse(counted.body), {
    generateContentRequest: { model: 'models/gemini-2.5-flash', ...declared },
  });
  const vertex = createCountTokens({ ...plain, vertex: true }).encode(call({}, 'gemini-2.5-flash', prompt));
  t.same(JSON.parse(vertex.body), declared);
});

t.test('the count is answered as Anthropic does', async (t) => {
  const { answer } = createCountTokens(plain);
  const asked = call({}, 'gemini-2.5-flash');
  t.same(answer({ totalTokens: 12, promptTokensDetails: [] }, asked), { input_tokens: 12 });
  for (const body of [{}, { totalTokens: 'x' }, { totalTokens: -1 }, { error: {} }])
    t.equal(answer(body, asked), null);
});
