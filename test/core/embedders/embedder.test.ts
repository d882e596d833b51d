import t from 'tap';
import { createEmbedder } from '../../../core/embedders/embedder.ts';
import { floats, modelFolder, safetensors, tokenizer } from './model-folder.ts';

t.test('every kind is made from its options and keeps a floor of its own', async (t) => {
  const path = await modelFolder(t, {
    'config.json': {},
    'onnx/model_quantized.onnx': 'weights',
    'tokenizer.json': tokenizer('WordLevel'),
    'model.safetensors': safetensors({ embeddings: floats(new Array(16).fill(1), [8, 2]) }),
  });
  const made = await Promise.all([
    createEmbedder({ kind: 'lexical' }),
    createEmbedder({ kind: 'static', path, floor: 0.9 }),
    createEmbedder({
      kind: 'provider',
      provider: 'local',
      model: 'm',
      call: async () => ({ status: 200, body: '{"data":[{"embedding":[1,0]}]}' }),
    }),
    createEmbedder({ kind: 'onnx', path, library: new URL('./fake-transformers.ts', import.meta.url).href }),
  ]);
  t.strictSame(
    made.map(({ dimensions }) => dimensions),
    [512, 2, 2, 2],
  );
  t.strictSame(
    made.map(({ identity }) => identity.split(':')[0]),
    ['lexical', 'static', 'provider', 'onnx'],
  );
  t.equal(made[1]?.floor, 0.9);
  t.equal(new Set(made.map(({ identity }) => identity)).size, 4);
  await made[3]?.close?.();
});

t.test('a floor outside 0 to 1 is refused', async (t) => {
  await t.rejects(createEmbedder({ kind: 'lexical', floor: 70 }), {
    message: /expected a floor from 0 to 1; came 70/,
  });
});
