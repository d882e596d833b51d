import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Embedder } from '../../sdk/embedder.ts';
import { OnnxThread } from './onnx-thread.ts';
import { cutText, toUnit } from './vector.ts';

/** Counted up with every change that gives another vector for a text. */
const VERSION = 1;
/** A start: encoders differ. Measure yours with `sluice cache eval` and set `floor`. */
const FLOOR = 0.7;
const READ_UNITS = 8000;

/** The library's names of the weights. */
const weightFiles = {
  fp32: 'model.onnx',
  fp16: 'model_fp16.onnx',
  q8: 'model_quantized.onnx',
  q4: 'model_q4.onnx',
} as const;

export interface OnnxEmbedderOptions {
  /** Folder of the model: config.json, tokenizer.json, tokenizer_config.json, onnx/model_quantized.onnx. */
  readonly path: string;
  /** `q8` reads model_quantized.onnx, `fp32` model.onnx, `fp16` model_fp16.onnx, `q4` model_q4.onnx. @default 'q8' */
  readonly dtype?: 'fp32' | 'fp16' | 'q8' | 'q4';
  /** The model's own: `mean` for MiniLM and e5, `cls` for bge and gte-modernbert. @default 'mean' */
  readonly pooling?: 'mean' | 'cls';
  /** Put before every text, asked and stored. @default '' */
  readonly prefix?: string;
  /** @default 0.7 */
  readonly floor?: number;
  /** Import name of the library. @default '@huggingface/transformers' */
  readonly library?: string;
}

/**
 * A transformer of a local folder, run by `@huggingface/transformers` (installed apart) in a thread of its own. Nothing
 * is downloaded. @throws Error that says what to install or which file is missing
 */
export async function createOnnxEmbedder(
  options: OnnxEmbedderOptions,
  signal?: AbortSignal,
): Promise<Embedder> {
  const { dtype = 'q8', pooling = 'mean', prefix = '', library = '@huggingface/transformers' } = options;
  const path = resolve(options.path);
  const digest = await digestOf(path, ['config.json', 'tokenizer.json', join('onnx', weightFiles[dtype])]);
  const thread = new OnnxThread({ library, root: dirname(path), model: basename(path), dtype, pooling });
  const run = async (texts: readonly string[], abort: AbortSignal | undefined) => {
    const vectors = await thread.embed(
      texts.map((text) => prefix + cutText(text, READ_UNITS)),
      abort,
    );
    return vectors.map(toUnit);
  };
  let dimensions: number;
  try {
    dimensions = (await run(['dimension probe'], signal))[0]?.length ?? 0;
    if (dimensions === 0) throw new Error('onnx embedder: expected a vector; the model gave none');
  } catch (error) {
    await thread.close();
    throw error;
  }
  return {
    identity: `onnx:${basename(path)}:${digest}:${dtype}:${pooling}:${dimensions}:${JSON.stringify(prefix)}:v${VERSION}`,
    dimensions,
    floor: options.floor ?? FLOOR,
    embed: (texts, embedding) => (texts.length === 0 ? Promise.resolve([]) : run(texts, embedding?.signal)),
    close: () => thread.close(),
  };
}

/** Other weights under the same name are another model: the identity holds a digest of the files. */
async function digestOf(folder: string, names: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of names) {
    try {
      for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk as Buffer);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      throw new Error(
        `onnx embedder: expected ${name} in the folder of the model; it cannot be read (${code})`,
      );
    }
  }
  return hash.digest('hex').slice(0, 12);
}
