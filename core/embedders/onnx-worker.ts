import { parentPort, workerData } from 'node:worker_threads';
import type { OnnxAnswer, OnnxRequest, OnnxSetup } from './onnx-message.ts';

// Thread entry: loads the model at the first request and answers one request after the other. Inference would hold the
// event loop for milliseconds to seconds.

/** What is used of @huggingface/transformers, which is not part of the installation. */
interface Library {
  readonly env: { allowRemoteModels: boolean; allowLocalModels: boolean; localModelPath: string };
  pipeline(task: 'feature-extraction', model: string, options: { readonly dtype: string }): Promise<Extract>;
}
type Extract = (
  texts: readonly string[],
  options: { readonly pooling: string; readonly normalize: boolean },
) => Promise<{ readonly dims: readonly number[]; readonly data: ArrayLike<number> }>;

const setup = workerData as OnnxSetup;
let extract: Promise<Extract> | undefined;
let last: Promise<void> = Promise.resolve();

parentPort?.on('message', (request: OnnxRequest) => {
  last = last.then(() => answer(request));
});

async function answer({ id, texts }: OnnxRequest): Promise<void> {
  let message: OnnxAnswer;
  try {
    extract ??= load();
    const { dims, data } = await (await extract)(texts, { pooling: setup.pooling, normalize: true });
    const size = dims.at(-1) ?? 0;
    message = {
      id,
      vectors: texts.map((_, row) =>
        Float32Array.from({ length: size }, (_value, at) => data[row * size + at]!),
      ),
    };
  } catch (error) {
    message = { id, error: (error as Error).message };
  }
  parentPort?.postMessage(message);
}

async function load(): Promise<Extract> {
  let library: Partial<Library>;
  try {
    library = (await import(setup.library)) as Partial<Library>;
  } catch {
    library = {};
  }
  // A package manager may have put an empty package in its place.
  if (typeof library.pipeline !== 'function' || library.env === undefined) {
    throw new Error(
      `expected the library ${setup.library}; it is not installed. Run: npm install ${setup.library}. ` +
        'Or use kind lexical, static or a provider',
    );
  }
  library.env.allowRemoteModels = false;
  library.env.allowLocalModels = true;
  library.env.localModelPath = setup.root;
  return library.pipeline('feature-extraction', setup.model, { dtype: setup.dtype });
}
