import t from 'tap';
import { createProviderEmbedder, type ProviderEmbedderOptions } from '../../../core/embedders/provider.ts';

interface Request {
  readonly model: string;
  readonly input: readonly string[];
  readonly encoding_format: string;
  readonly dimensions?: number;
}

/** A server whose vector of a text is its length, twice, and 1. */
function server(answer?: (request: Request) => { status?: number; body: string }) {
  const requests: Request[] = [];
  const call: ProviderEmbedderOptions['call'] = async (body) => {
    const request = JSON.parse(body) as Request;
    requests.push(request);
    if (answer !== undefined) return { status: 200, ...answer(request) };
    const data = request.input.map((text, index) => ({ index, embedding: vectorOf(text) }));
    return { status: 200, body: JSON.stringify({ data: data.reverse() }) };
  };
  return { call, requests };
}

function vectorOf(text: string): number[] {
  return [text.length, text.length, 1];
}

const options = { provider: 'openai', model: 'm' };

t.test('texts go out in batches and come back in order, with length 1', async (t) => {
  const { call, requests } = server();
  const embedder = await createProviderEmbedder({ ...options, call, batchSize: 2, prefix: 'query: ' });
  const vectors = await embedder.embed(['a', 'bbbb', '']);
  t.equal(embedder.identity, 'provider:openai/m:3:"query: ":v1');
  t.equal(embedder.dimensions, 3);
  t.strictSame(
    requests.map(({ input }) => input),
    [['query: dimension probe'], ['query: a', 'query: bbbb'], ['query:  ']],
  );
  t.strictSame(requests[0], { model: 'm', input: ['query: dimension probe'], encoding_format: 'float' });
  t.ok(vectors.every((vector) => Math.abs(Math.hypot(...vector) - 1) < 1e-6));
  t.strictSame(
    vectors.map((vector) => Math.round(vector[0]! / vector[2]!)),
    [8, 11, 8],
  );
});

t.test('base64 is little-endian 32-bit floats', async (t) => {
  const { call, requests } = server(({ input }) => ({
    body: JSON.stringify({
      data: input.map((_, index) => {
        const bytes = Buffer.alloc(8);
        bytes.writeFloatLE(3, 0);
        bytes.writeFloatLE(4, 4);
        return { index, embedding: bytes.toString('base64') };
      }),
    }),
  }));
  const embedder = await createProviderEmbedder({ ...options, call, encoding: 'base64', dimensions: 2 });
  t.strictSame(requests[0]?.dimensions, 2);
  t.strictSame(
    [...(await embedder.embed(['a']))[0]!].map((value) => value.toFixed(2)),
    ['0.60', '0.80'],
  );
});

t.test('answers that are none are refused, without their text', async (t) => {
  const vector = { embedding: [1, 2] };
  const cases: readonly (readonly [RegExp, { status?: number; body: string }])[] = [
    [/expected status 200; came 401. Check the key/, { status: 401, body: 'secret words' }],
    [/expected status 200; came 500$/, { status: 500, body: 'secret words' }],
    [/expected an answer of JSON/, { body: 'secret words' }],
    [/expected a list "data"/, { body: '{"secret words":1}' }],
    [/expected 1 vectors; came 2/, { body: JSON.stringify({ data: [vector, vector] }) }],
    [/expected an index from 0 to 0/, { body: JSON.stringify({ data: [{ ...vector, index: 7 }] }) }],
    [
      /expected an embedding that is a list of numbers/,
      { body: JSON.stringify({ data: [{ embedding: ['secret words'] }] }) },
    ],
    [/expected base64 of 32-bit floats/, { body: JSON.stringify({ data: [{ embedding: 'AAAAAAA=' }] }) }],
    [
      /expected a vector of 1 to 16384 numbers; came 0/,
      { body: JSON.stringify({ data: [{ embedding: [] }] }) },
    ],
    [/expected a vector of finite numbers/, { body: '{"data":[{"embedding":[1e39]}]}' }],
  ];
  for (const [message, answer] of cases) {
    const error = await createProviderEmbedder({ ...options, call: server(() => answer).call }).catch(
      (e: Error) => e,
    );
    t.ok(error instanceof Error);
    t.match((error as Error).message, message);
    t.notMatch((error as Error).message, /secret words/);
  }
});

t.test('an index that comes twice is refused', async (t) => {
  const { call } = server(({ input }) => ({
    body: JSON.stringify({ data: input.map(() => ({ index: 0, embedding: [1] })) }),
  }));
  const embedder = await createProviderEmbedder({ ...options, call });
  await t.rejects(embedder.embed(['a', 'b']), { message: /each index once; 0 came twice/ });
});

t.test('a dimension that changes, or is not the one configured, is refused', async (t) => {
  let size = 3;
  const { call } = server(({ input }) => ({
    body: JSON.stringify({ data: input.map((_, index) => ({ index, embedding: new Array(size).fill(1) })) }),
  }));
  await t.rejects(createProviderEmbedder({ ...options, call, dimensions: 2 }), {
    message: /expected 2 dimensions.*came 3/,
  });
  const embedder = await createProviderEmbedder({ ...options, call });
  size = 4;
  await t.rejects(embedder.embed(['a']), { message: /expected 3 dimensions, as at the start; came 4/ });
});

t.test('the time limit reaches the call and ends the request', async (t) => {
  const controller = new AbortController();
  const seen: (AbortSignal | undefined)[] = [];
  const embedder = await createProviderEmbedder({
    ...options,
    call: async (body, { signal }) => {
      seen.push(signal);
      if (signal !== undefined) controller.abort(new Error('too late'));
      return server().call(body, {});
    },
  });
  await t.rejects(embedder.embed(['a'], { signal: controller.signal }), { message: 'too late' });
  t.equal(seen[1], controller.signal);
});

t.test('a text of 1 MB is cut, never within a character', async (t) => {
  const { call, requests } = server();
  const embedder = await createProviderEmbedder({ ...options, call });
  await embedder.embed([`${'x'.repeat(7999)}😀${'y'.repeat(1_000_000)}`]);
  t.equal(requests[1]?.input[0], 'x'.repeat(7999));
});
