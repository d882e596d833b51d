import t from 'tap';
import { ask, json, mock } from './ask.ts';

const { provider } = mock();

async function embed(input: string | readonly unknown[], more: Record<string, string | number> = {}) {
  return json(await ask(provider, { model: 'embed', input: input as string, ...more }, 'embeddings'));
}

async function vector(text: string): Promise<readonly number[]> {
  return (await embed(text)).data[0]?.embedding as readonly number[];
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

t.test('vectors have length 1, whatever the text', async (t) => {
  for (const text of ['hello world', '', 'a', '你好', 'word '.repeat(1000)]) {
    const found = await vector(text);
    t.equal(found.length, 256);
    t.ok(Math.abs(dot(found, found) - 1) < 1e-5, text.slice(0, 20));
  }
});

t.test('texts that share words are closer than texts that do not', async (t) => {
  const refund = await vector('How do I get a refund for my order?');
  const alike = await vector('I want a refund for an order');
  const other = await vector('Berlin has nice parks');
  t.ok(dot(refund, alike) > 0.3);
  t.ok(dot(refund, alike) > dot(refund, other) + 0.2);
  t.ok(
    dot(refund, await vector('HOW do I get a refund, for my order')) > 0.999,
    'case and punctuation do not count',
  );
});

t.test('dimensions are as asked for', async (t) => {
  for (const dimensions of [1, 8, 1536]) {
    t.equal((await embed('x', { dimensions })).data[0]?.embedding.length, dimensions);
  }
  t.match((await embed('x', { dimensions: 0 })).error, { message: /dimensions/ });
});

t.test('base64 holds the same numbers', async (t) => {
  const encoded = (await embed('hello world', { encoding_format: 'base64' })).data[0]?.embedding as string;
  const bytes = Buffer.from(encoded, 'base64');
  const numbers = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
  t.same(numbers, await vector('hello world'));
});

t.test('lists of texts and of tokens are taken, and counted', async (t) => {
  const texts = await embed(['one', 'two']);
  t.same(
    texts.data.map(({ index }) => index),
    [0, 1],
  );
  t.match(texts.usage, { prompt_tokens: 2, total_tokens: 2 });
  const tokens = await embed([1, 2, 3]);
  t.equal(tokens.data.length, 1);
  t.match(tokens.usage, { prompt_tokens: 3 });
  t.equal((await embed([[1, 2], [3]])).data.length, 2);
  t.match((await embed([{}])).error, { message: /"input" must be/ });
});
