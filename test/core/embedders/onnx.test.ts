import t from 'tap';
import { createOnnxEmbedder } from '../../../core/embedders/onnx.ts';
import { modelFolder } from './model-folder.ts';

const files = {
  'config.json': { model_type: 'bert' },
  'tokenizer.json': {},
  'onnx/model_quantized.onnx': 'weights',
};
const library = new URL('./fake-transformers.ts', import.meta.url).href;

t.test('a model runs in a thread of its own', async (t) => {
  const path = await modelFolder(t, files);
  const embedder = await createOnnxEmbedder({ path, library });
  t.teardown(() => embedder.close?.());
  t.equal(embedder.dimensions, 2);
  t.match(embedder.identity, /^onnx:sluice-model-\w+:[0-9a-f]{12}:q8:mean:2:"":v1$/);
  const [one, other] = await embedder.embed(['a b', 'abcd']);
  t.ok(Math.abs(Math.hypot(...one!) - 1) < 1e-6);
  t.ok(Math.abs(one![0]! / one![1]! - 1.5) < 1e-5);
  t.ok(Math.abs(other![0]! / other![1]! - 4) < 1e-5);
  t.strictSame(await embedder.embed([]), []);
});

t.test('other weights are another identity, missing ones are named', async (t) => {
  const identities = [];
  for (const weights of ['one', 'other']) {
    const path = await modelFolder(t, { ...files, 'onnx/model_quantized.onnx': weights });
    const embedder = await createOnnxEmbedder({ path, library });
    identities.push(embedder.identity.split(':')[2]);
    await embedder.close?.();
    await t.rejects(createOnnxEmbedder({ path, library, dtype: 'q4' }), {
      message: /expected onnx.model_q4.onnx .*ENOENT/,
    });
  }
  t.not(identities[0], identities[1]);
});

t.test('a thread that dies fails who waits and is started again', async (t) => {
  const path = await modelFolder(t, files);
  const embedder = await createOnnxEmbedder({ path, library });
  t.teardown(() => embedder.close?.());
  await t.rejects(embedder.embed(['die']), { message: /its thread ended \(exit code 3\)/ });
  t.equal((await embedder.embed(['a'])).length, 1);
});

t.test('a time limit ends the wait, a closed embedder refuses', async (t) => {
  const path = await modelFolder(t, files);
  const embedder = await createOnnxEmbedder({ path, library });
  const controller = new AbortController();
  const waiting = embedder.embed(['hang'], { signal: controller.signal });
  controller.abort(new Error('too late'));
  await t.rejects(waiting, { message: 'too late' });
  await t.rejects(embedder.embed(['a'], { signal: controller.signal }), { message: 'too late' });
  const lost = t.rejects(embedder.embed(['a']), { message: /it was closed/ });
  await embedder.close?.();
  await lost;
  await t.rejects(embedder.embed(['a']), { message: /it is closed/ });
});

t.test('what is missing is said: the library, or the folder', async (t) => {
  const path = await modelFolder(t, files);
  await t.rejects(createOnnxEmbedder({ path, library: 'sluice-no-such-library' }), {
    message: /not installed. Run: npm install sluice-no-such-library/,
  });
  // An empty package stands in the place of the real one here.
  await t.rejects(createOnnxEmbedder({ path }), { message: /npm install @huggingface\/transformers/ });
  await t.rejects(createOnnxEmbedder({ path: `${path}/none`, library }), {
    message: /expected config.json .*ENOENT/,
  });
  await t.rejects(createOnnxEmbedder({ path, library, pooling: 'cls' }), { message: /no pooling cls/ });
});
