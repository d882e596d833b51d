import t from 'tap';
import type { OllamaOptions } from '../../../../plugins/providers/ollama/options.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { adapter, context } from './ollama.ts';

function ask(api: 'embeddings' | 'completions', body: JsonObject, options: OllamaOptions = {}) {
  const used = adapter(api, options);
  const call = {
    body,
    context: context('nomic-embed-text'),
    conversation: () => {
      throw new Error('there is none');
    },
  };
  const { body: text, dropped } = used.encode(call);
  return {
    sent: JSON.parse(text) as JsonObject,
    dropped,
    answer: (reply: JsonObject) => used.answer(reply, call),
  };
}

t.test('embeddings are asked for at /api/embed and come back in order', async (t) => {
  const { sent, dropped, answer } = ask(
    'embeddings',
    { model: 'alias', input: ['one', 'two'], dimensions: 2, user: 'u1', encoding_format: 'float' },
    { num_ctx: 8192, keep_alive: -1 },
  );
  t.strictSame(sent, {
    model: 'nomic-embed-text',
    input: ['one', 'two'],
    dimensions: 2,
    options: { num_ctx: 8192 },
    keep_alive: -1,
    truncate: false,
  });
  t.strictSame(dropped, ['user']);
  const reply = {
    model: 'nomic-embed-text',
    embeddings: [
      [1, 0.5],
      [0, -2],
    ],
    prompt_eval_count: 4,
  };
  t.strictSame(answer(reply), {
    object: 'list',
    data: [
      { object: 'embedding', index: 0, embedding: [1, 0.5] },
      { object: 'embedding', index: 1, embedding: [0, -2] },
    ],
    model: 'nomic-embed-text',
    usage: { prompt_tokens: 4, total_tokens: 4 },
  });
  t.notMatch(answer({ embeddings: [[1], [2]] }), { usage: {} }, 'what was not counted is not 0');
});

t.test('embeddings come as base64 where that was asked for', async (t) => {
  const { answer } = ask('embeddings', { input: 'one', encoding_format: 'base64' });
  const got = answer({ embeddings: [[1, -0.5]] }) as { data: { embedding: string }[] };
  const bytes = Buffer.from(got.data[0]!.embedding, 'base64');
  t.strictSame([bytes.readFloatLE(0), bytes.readFloatLE(4)], [1, -0.5]);
});

t.test('vectors that do not match the texts are no answer', async (t) => {
  const { answer } = ask('embeddings', { input: ['one', 'two'] });
  for (const reply of [
    {},
    { embeddings: [] },
    { embeddings: [[1]] },
    { embeddings: [[1], 'x'] },
    { embeddings: [[1], [null]] },
  ]) {
    t.equal(answer(reply), null);
  }
});

t.test("another model's tokens and empty texts are refused", async (t) => {
  for (const input of [[1, 2], [[1], [2]], '', ['a', '']]) {
    t.throws(() => ask('embeddings', { input }), { code: 'unsupported_parameter', param: 'input' });
  }
});

t.test('legacy completions are asked for at /api/generate, whole', async (t) => {
  const { sent, dropped, answer } = ask(
    'completions',
    {
      model: 'alias',
      prompt: ['Once'],
      suffix: 'end',
      max_tokens: 20,
      temperature: 0.5,
      seed: 3,
      stop: '\n',
      stream: true,
      stream_options: { include_usage: true },
      n: 1,
      echo: false,
      logprobs: 2,
      logit_bias: { 5: 1 },
    },
    { num_ctx: 4096, think: false },
  );
  t.strictSame(sent, {
    model: 'nomic-embed-text',
    prompt: 'Once',
    suffix: 'end',
    stream: false,
    think: false,
    options: { num_ctx: 4096, num_predict: 20, temperature: 0.5, seed: 3, stop: ['\n'] },
    truncate: false,
  });
  t.strictSame(dropped, ['logprobs', 'logit_bias']);
  t.strictSame(
    answer({
      model: 'llama3',
      created_at: '2025-08-01T10:00:00.123456789Z',
      response: ' upon a time',
      done: true,
      done_reason: 'length',
      prompt_eval_count: 2,
      eval_count: 20,
    }),
    {
      id: 'cmpl-1',
      object: 'text_completion',
      created: 1_754_042_400,
      model: 'llama3',
      choices: [{ text: ' upon a time', index: 0, logprobs: null, finish_reason: 'length' }],
      usage: { prompt_tokens: 2, completion_tokens: 20, total_tokens: 22 },
    },
  );
  t.equal(answer({ error: 'no' }), null);
  t.equal(answer({ response: 'half', done: false }), null);
});

t.test('completions that Ollama cannot do are refused', async (t) => {
  const cases: [string, JsonObject][] = [
    ['prompt', { prompt: ['a', 'b'] }],
    ['prompt', { prompt: [1, 2] }],
    ['n', { prompt: 'a', n: 2 }],
    ['best_of', { prompt: 'a', best_of: 3 }],
    ['echo', { prompt: 'a', echo: true }],
  ];
  for (const [param, body] of cases) {
    t.throws(() => ask('completions', body), { code: 'unsupported_parameter', param });
  }
});
