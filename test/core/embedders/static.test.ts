import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadStaticEmbedder } from '../../../core/embedders/static.ts';
import { floats, modelFolder, safetensors, type TensorData, tokenizer } from './model-folder.ts';

const config = { model_type: 'model2vec', normalize: true };
/** One row for each of eight tokens, two columns. */
const rows = [9, 9, 1, 0, 0, 1, 1, 1, 0, 1, 2, 0, 0, 2, 0, 0];

function files(
  tensors: Readonly<Record<string, TensorData>>,
  type = 'WordPiece',
): Record<string, object | Uint8Array> {
  return {
    'config.json': config,
    'tokenizer.json': tokenizer(type),
    'model.safetensors': safetensors(tensors),
  };
}

async function embed(folder: string, text: string): Promise<number[]> {
  const [vector] = await (await loadStaticEmbedder(folder)).embed([text]);
  return [...vector!].map((value) => Math.round(value * 100) / 100);
}

t.test('a text is the mean of the rows of its pieces, unknown ones left out', async (t) => {
  const folder = await modelFolder(t, files({ embeddings: floats(rows, [8, 2]) }));
  t.strictSame(await embed(folder, 'Red'), [1, 0]);
  t.strictSame(await embed(folder, 'RÉD, strange blue'), [0.71, 0.71]);
  t.strictSame(await embed(folder, 'cars'), [0.45, 0.89], 'car + ##s');
  t.strictSame(await embed(folder, 'unlock'), [0.71, 0.71], 'un + ##lock');
  t.strictSame(await embed(folder, 'unlocked'), [1, 0], 'a word that is not all covered is unknown');
  t.strictSame(await embed(folder, ''), [1, 0]);
});

t.test('WordLevel takes whole words only', async (t) => {
  const folder = await modelFolder(t, files({ embeddings: floats(rows, [8, 2]) }, 'WordLevel'));
  t.strictSame(await embed(folder, 'cars blue'), [0, 1]);
});

t.test('tensors of 16-bit floats and of bytes give the same directions', async (t) => {
  const half = new DataView(new ArrayBuffer(rows.length * 2));
  rows.forEach((value, at) => {
    half.setFloat16(at * 2, value, true);
  });
  for (const tensor of [
    { dtype: 'F16', shape: [8, 2], bytes: new Uint8Array(half.buffer) },
    { dtype: 'I8', shape: [8, 2], bytes: new Uint8Array(Int8Array.from(rows, (value) => value * 10).buffer) },
  ]) {
    const folder = await modelFolder(t, files({ embeddings: tensor }));
    t.strictSame(await embed(folder, 'cars'), [0.45, 0.89]);
  }
});

t.test('weights and rows are looked up by token where a model has them', async (t) => {
  const mapping = {
    dtype: 'I64',
    shape: [8],
    bytes: new Uint8Array(BigInt64Array.from([0, 1, 0, 1, 0, 1, 0, 1].map(BigInt)).buffer),
  };
  const weights = floats([1, 3, 4, 1, 1, 1, 1, 1], [8]);
  const folder = await modelFolder(t, files({ embeddings: floats([1, 0, 0, 1], [2, 2]), mapping, weights }));
  t.strictSame(await embed(folder, 'red blue'), [0.8, 0.6]);
});

t.test('a changed file is another identity', async (t) => {
  const one = await loadStaticEmbedder(await modelFolder(t, files({ embeddings: floats(rows, [8, 2]) })));
  const other = await loadStaticEmbedder(
    await modelFolder(t, files({ embeddings: floats(rows.toReversed(), [8, 2]) })),
  );
  t.match(one.identity, /^static:sluice-model-\w+:[0-9a-f]{16}:2:v1$/);
  t.not(one.identity.split(':')[2], other.identity.split(':')[2]);
});

t.test('bad files are named, with what was expected', async (t) => {
  const good = files({ embeddings: floats(rows, [8, 2]) });
  const file = good['model.safetensors'] as Uint8Array;
  const cases: readonly (readonly [RegExp, Record<string, object | Uint8Array | string>])[] = [
    [/expected config.json .*ENOENT/, {}],
    [/config.json: expected JSON/, { ...good, 'config.json': '{' }],
    [/expected model_type model2vec; came bert/, { ...good, 'config.json': { model_type: 'bert' } }],
    [/tokenizer.json: .*WordPiece or WordLevel; came BPE/, { ...good, 'tokenizer.json': tokenizer('BPE') }],
    [
      /tokenizer.json: normalizer: .*came Precompiled/,
      { ...good, 'tokenizer.json': tokenizer('WordPiece', { normalizer: { type: 'Precompiled' } }) },
    ],
    [
      /pre_tokenizer: .*came Metaspace/,
      { ...good, 'tokenizer.json': tokenizer('WordPiece', { pre_tokenizer: { type: 'Metaspace' } }) },
    ],
    [/model.safetensors: expected 8 bytes/, { ...good, 'model.safetensors': new Uint8Array(3) }],
    [/expected a header within the file/, { ...good, 'model.safetensors': new Uint8Array(20).fill(255) }],
    [
      /expected 64 bytes for F32 \[8, 2\]; the file has 60/,
      { ...good, 'model.safetensors': file.subarray(0, file.length - 4) },
    ],
    [
      /expected a tensor "embeddings"/,
      { ...good, 'model.safetensors': safetensors({ other: floats([1], [1]) }) },
    ],
    [
      /expected a row for each of 8 tokens; "embeddings" has 2/,
      files({ embeddings: floats([1, 0, 0, 1], [2, 2]) }),
    ],
    [
      /expected dtype .*; came F8/,
      files({ embeddings: { dtype: 'F8', shape: [8, 2], bytes: new Uint8Array(16) } }),
    ],
    [
      /expected "weights" for each of 8 tokens; it has 1/,
      files({ embeddings: floats(rows, [8, 2]), weights: floats([1], [1]) }),
    ],
    [
      /expected "mapping" within the 8 rows/,
      files({ embeddings: floats(rows, [8, 2]), mapping: floats([0, 0, 0, 0, 0, 0, 0, 8], [8]) }),
    ],
  ];
  for (const [message, content] of cases) {
    await t.rejects(loadStaticEmbedder(await modelFolder(t, content)), { message });
  }
});

const glove = join(import.meta.dirname, '../../../../shared/models/glove-6b-50d-5k');
t.test(
  'word vectors of GloVe load and know their neighbours',
  { skip: existsSync(glove) ? false : 'the model is not here' },
  async (t) => {
    const embedder = await loadStaticEmbedder(glove);
    t.equal(embedder.dimensions, 50);
    const [france, italy, football] = await embedder.embed(['france', 'italy', 'football']);
    const dot = (one: Float32Array, other: Float32Array) =>
      one.reduce((sum, value, at) => sum + value * other[at]!, 0);
    t.ok(dot(france!, italy!) > dot(france!, football!));
    const [long] = await embedder.embed(['word '.repeat(200_000)]);
    t.ok(Math.abs(Math.hypot(...long!) - 1) < 1e-5);
  },
);
