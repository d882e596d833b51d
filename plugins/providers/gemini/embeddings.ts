import { GatewayError } from '../../../sdk/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { Adapter } from '../../../sdk/wire.ts';
import { modelResource } from './address.ts';
import type { GeminiSettings } from './encoding.ts';

/** What the client may say besides; anything else is named as dropped. */
const understood = new Set(['model', 'input', 'encoding_format', 'dimensions']);

/** Models that Vertex AI serves in its old form, a list of instances; newer ones take one content at a time. */
const instances = /^(text-embedding-|text-multilingual-embedding-|textembedding-|gemini-embedding-001)/;

/** The method that an embedding is asked for with. */
export function embeddingMethod(model: string, vertex: boolean): string {
  if (!vertex) return 'batchEmbedContents';
  return instances.test(model) ? 'predict' : 'embedContent';
}

/** Embeddings of texts, in OpenAI's shape. */
export function createEmbeddings({ vertex }: GeminiSettings): Adapter {
  return {
    kind: 'adapter',
    name: 'gemini.embeddings',
    encode({ body, context }) {
      const texts = textsOf(body['input']);
      const { dimensions } = body;
      const size = typeof dimensions === 'number' ? { outputDimensionality: dimensions } : {};
      const { model } = context.target;
      return {
        body: JSON.stringify(requestOf(embeddingMethod(model, vertex), texts, size, model)),
        dropped: Object.keys(body).filter((name) => !understood.has(name) && body[name] !== null),
      };
    },
    answer(body, { body: request, context }) {
      const found = vectorsOf(body);
      const texts = textsOf(request['input']);
      if (found === null || found.vectors.length !== texts.length) return null;
      const tokens = found.tokens ?? estimate(texts);
      const base64 = request['encoding_format'] === 'base64';
      return {
        object: 'list',
        data: found.vectors.map((values, index) => ({
          object: 'embedding',
          index,
          embedding: base64 ? toBase64(values) : values,
        })),
        model: context.target.model,
        // Clients rely on it, and most models do not say.
        usage: { prompt_tokens: tokens, total_tokens: tokens },
      };
    },
  };
}

function requestOf(method: string, texts: readonly string[], size: JsonObject, model: string): JsonObject {
  if (method === 'predict') return { instances: texts.map((content) => ({ content })), parameters: size };
  if (method === 'embedContent') {
    if (texts.length > 1) {
      throw new GatewayError(
        'unsupported_parameter',
        `input: this model embeds one text at a time on Vertex AI, got ${texts.length}. Send one request for each.`,
        { param: 'input' },
      );
    }
    return { content: { parts: [{ text: texts[0]! }] }, ...size };
  }
  const resource = modelResource(model);
  return {
    requests: texts.map((text) => ({ model: resource, content: { parts: [{ text }] }, ...size })),
  };
}

/** @throws GatewayError 400 for tokens, which only OpenAI's models could read. */
function textsOf(input: Json | undefined): readonly string[] {
  if (typeof input === 'string') return [input];
  const list = Array.isArray(input) ? (input as readonly Json[]) : [];
  if (list.length > 0 && list.every((item) => typeof item === 'string')) return list as readonly string[];
  throw new GatewayError(
    'unsupported_parameter',
    'input: expected a text or a list of texts, got tokens, which mean nothing to Gemini. Send the text itself.',
    { param: 'input' },
  );
}

interface Vectors {
  readonly vectors: readonly (readonly number[])[];
  /** Null where the answer does not say. */
  readonly tokens: number | null;
}

/** The vectors of any of the three methods; null where there are none. */
function vectorsOf(body: JsonObject): Vectors | null {
  const { embedding, embeddings, predictions, usageMetadata } = body;
  const vectors: (readonly number[])[] = [];
  let tokens = isJsonObject(usageMetadata) ? countOf(usageMetadata['promptTokenCount']) : null;
  for (const entry of listOf(embeddings ?? predictions ?? [embedding ?? null])) {
    const holder = isJsonObject(entry) && isJsonObject(entry['embeddings']) ? entry['embeddings'] : entry;
    if (!isJsonObject(holder) || !isVector(holder['values'])) return null;
    vectors.push(holder['values']);
    const { statistics } = holder;
    const own = isJsonObject(statistics) ? (statistics['token_count'] ?? statistics['tokenCount']) : null;
    if (typeof own === 'number') tokens = (tokens ?? 0) + own;
  }
  return { vectors, tokens };
}

function isVector(values: Json | undefined): values is readonly number[] {
  return Array.isArray(values) && (values as readonly Json[]).every((value) => typeof value === 'number');
}

function listOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function countOf(value: Json | undefined): number | null {
  return typeof value === 'number' && value >= 0 ? value : null;
}

/** About four characters to a token, as everywhere in the gateway where nobody counts. */
function estimate(texts: readonly string[]): number {
  let chars = 0;
  for (const text of texts) chars += text.length;
  return Math.ceil(chars / 4);
}

/** Little-endian 32-bit floats, as OpenAI's clients read them. */
function toBase64(values: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  for (let index = 0; index < values.length; index++) bytes.writeFloatLE(values[index]!, index * 4);
  return bytes.toString('base64');
}
