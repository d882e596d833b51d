import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Embedder } from '../../sdk/embedder.ts';
import { isJsonObject, type Json } from '../../sdk/json.ts';
import { readTensors, type Tensor } from './safetensors.ts';
import { readTokenizer, type Tokenizer } from './tokenizer.ts';
import { cutText, toUnit } from './vector.ts';

/** Counted up with every change that gives another vector for a text. */
const VERSION = 1;
/** Measured with GloVe and the strict guard; another model may want another one. */
const FLOOR = 0.85;
/** Tokens of a text that are read, as in Model2Vec. */
const MAX_TOKENS = 512;
const READ_UNITS = 4096;

/** The tables of a static model. */
interface Model {
  readonly tokenizer: Tokenizer;
  readonly dimensions: number;
  readonly rows: number;
  readonly embeddings: Float32Array;
  /** Weight of each token. */
  readonly weights: Float32Array | undefined;
  /** Row of each token. */
  readonly mapping: Float32Array | undefined;
}

/**
 * Word vectors of a folder in the layout of Model2Vec: `config.json`, `tokenizer.json` (WordPiece or WordLevel) and
 * `model.safetensors` with `embeddings` [rows, dimensions] and, where a model has them, `weights` and `mapping` by
 * token. A text is the weighted mean of its tokens' rows, divided by its length (whatever `normalize` says: the cache
 * compares directions). @throws Error that names the file and what is wrong with it
 */
export async function loadStaticEmbedder(folder: string): Promise<Embedder> {
  // One after the other: the first that is missing is named, whatever the disk does.
  checkConfig(parsePart('config.json', await readPart(folder, 'config.json')));
  const tokenizerText = await readPart(folder, 'tokenizer.json');
  const file = await readPart(folder, 'model.safetensors');
  const tokenizer = inPart('tokenizer.json', () => readTokenizer(parsePart('tokenizer.json', tokenizerText)));
  const model = inPart('model.safetensors', () => readModel(file, tokenizer));
  const digest = createHash('sha256').update(tokenizerText).update(file).digest('hex').slice(0, 16);
  return {
    identity: `static:${basename(folder)}:${digest}:${model.dimensions}:v${VERSION}`,
    dimensions: model.dimensions,
    floor: FLOOR,
    async embed(texts, options) {
      const vectors: Float32Array[] = [];
      for (const text of texts) {
        options?.signal?.throwIfAborted();
        vectors.push(embedStatically(model, text));
      }
      return vectors;
    },
  };
}

async function readPart(folder: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, name));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new Error(
      `static embedder: expected ${name} in the folder of the model; it cannot be read (${code}). ` +
        'A folder holds config.json, tokenizer.json and model.safetensors',
    );
  }
}

function parsePart(name: string, bytes: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json;
  } catch {
    throw new Error(`static embedder: ${name}: expected JSON; it is none`);
  }
}

function inPart<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { message } = error as Error;
    throw new Error(message.startsWith('static embedder') ? message : `static embedder: ${name}: ${message}`);
  }
}

function checkConfig(config: Json): void {
  if (!isJsonObject(config)) throw new Error('static embedder: config.json: expected an object');
  const { model_type: type } = config;
  if (type !== undefined && type !== 'model2vec') {
    throw new Error(
      `static embedder: config.json: expected model_type model2vec; came ${String(type)}. A transformer belongs to kind onnx`,
    );
  }
}

function readModel(file: Uint8Array, tokenizer: Tokenizer): Model {
  const tensors = readTensors(file, ['embeddings', 'weights', 'mapping']);
  const embeddings = tensors.get('embeddings');
  if (embeddings === undefined || embeddings.shape.length !== 2) {
    throw new Error('expected a tensor "embeddings" of two dimensions');
  }
  const [rows, dimensions] = [embeddings.shape[0]!, embeddings.shape[1]!];
  if (rows === 0 || dimensions === 0)
    throw new Error('expected rows and columns in "embeddings"; it is empty');
  const mapping = perToken('mapping', tensors.get('mapping'), tokenizer.size);
  if (mapping === undefined && tokenizer.size > rows) {
    throw new Error(`expected a row for each of ${tokenizer.size} tokens; "embeddings" has ${rows}`);
  }
  if (mapping?.some((row) => row < 0 || row >= rows) === true) {
    throw new Error(`expected "mapping" within the ${rows} rows of "embeddings"`);
  }
  const weights = perToken('weights', tensors.get('weights'), tokenizer.size);
  return { tokenizer, dimensions, rows, embeddings: embeddings.values, weights, mapping };
}

function perToken(name: string, tensor: Tensor | undefined, tokens: number): Float32Array | undefined {
  if (tensor !== undefined && tensor.values.length < tokens) {
    throw new Error(`expected "${name}" for each of ${tokens} tokens; it has ${tensor.values.length}`);
  }
  return tensor?.values;
}

function embedStatically(model: Model, text: string): Float32Array {
  const { dimensions, embeddings, weights, mapping } = model;
  const vector = new Float32Array(dimensions);
  for (const token of model.tokenizer.encode(cutText(text, READ_UNITS), MAX_TOKENS)) {
    const row = mapping === undefined ? token : mapping[token]!;
    const weight = weights === undefined ? 1 : weights[token]!;
    const from = row * dimensions;
    for (let at = 0; at < dimensions; at++) vector[at] = vector[at]! + weight * embeddings[from + at]!;
  }
  return toUnit(vector);
}
