import type { Json, JsonObject } from '../../../sdk/json.ts';
import { hash32 } from './hash.ts';
import { tokensOf } from './tokens.ts';

const defaultDimensions = 256;
const maxDimensions = 4096;
/** Places that one word marks: enough that two words rarely mark the same ones. */
const marksPerWord = 8;

/** An embeddings request. */
export interface EmbeddingRequest {
  /** Each input as the words that decide its vector. */
  readonly inputs: readonly (readonly string[])[];
  readonly tokens: number;
  readonly dimensions: number;
  readonly base64: boolean;
}

/** Reads an embeddings request. A text says what is wrong with it. */
export function readEmbeddingRequest(body: JsonObject): EmbeddingRequest | string {
  const {
    input,
    dimensions = defaultDimensions,
    encoding_format: format = 'float',
  } = body as Record<string, Json | undefined>;
  if (!Number.isInteger(dimensions) || (dimensions as number) < 1 || (dimensions as number) > maxDimensions) {
    return `"dimensions" must be a whole number from 1 to ${maxDimensions}.`;
  }
  if (format !== 'float' && format !== 'base64') return '"encoding_format" must be "float" or "base64".';
  const list =
    Array.isArray(input) && !input.every((item) => typeof item === 'number')
      ? (input as readonly Json[])
      : [input];
  const inputs: (readonly string[])[] = [];
  let tokens = 0;
  for (const item of list) {
    if (typeof item === 'string') {
      inputs.push(wordsOf(item));
      tokens += tokensOf(item.length);
    } else if (Array.isArray(item) && item.length > 0 && item.every((token) => typeof token === 'number')) {
      inputs.push(item.map((token) => `#${token}`));
      tokens += item.length;
    } else {
      return '"input" must be a text, a list of texts, a list of tokens, or a list of such lists.';
    }
  }
  if (inputs.length === 0) return '"input" must not be an empty list.';
  return { inputs, tokens, dimensions: dimensions as number, base64: format === 'base64' };
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** A vector of length 1. Texts that share words are close, texts that share none are far apart. */
export function vectorOf(words: readonly string[], dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  // An empty text has a direction as well: a vector of zeros has no angle to others.
  for (const word of words.length === 0 ? [''] : words) {
    for (let mark = 0; mark < marksPerWord; mark += 1) {
      const hash = hash32(word, mark + 1);
      vector[(hash >>> 1) % dimensions]! += hash & 1 ? 1 : -1;
    }
  }
  let length = Math.hypot(...vector.filter((value) => value !== 0));
  if (length === 0) {
    // The marks cancelled out, which few dimensions make likely.
    vector[hash32(words.join(' ')) % dimensions] = 1;
    length = 1;
  }
  return vector.map((value) => value / length);
}

/** The answer to an embeddings request. */
export function embeddingBody(request: EmbeddingRequest, model: string, withUsage: boolean): string {
  const { inputs, tokens, dimensions, base64 } = request;
  return JSON.stringify({
    object: 'list',
    data: inputs.map((words, index) => {
      const vector = vectorOf(words, dimensions);
      return { object: 'embedding', index, embedding: base64 ? toBase64(vector) : [...vector] };
    }),
    model,
    ...(withUsage ? { usage: { prompt_tokens: tokens, total_tokens: tokens } } : {}),
  });
}

/** 32-bit floats, little end first, as OpenAI's SDKs expect. */
function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
