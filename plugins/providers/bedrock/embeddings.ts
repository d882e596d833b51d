import { GatewayError } from '../../../sdk/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { Adapter, AdapterCall } from '../../../sdk/wire.ts';

/** How one family of embedding models is asked over InvokeModel. */
interface Family {
  readonly models: RegExp;
  /** Texts in one call. */
  readonly maxTexts: number;
  encode(texts: readonly string[], call: AdapterCall, base: string): JsonObject;
}

const titan: Family = {
  models: /^amazon\.titan-embed-text-/,
  maxTexts: 1,
  encode([inputText], { body }, base) {
    const dimensions = dimensionsOf(body);
    if (/-v1\b/.test(base)) {
      if (dimensions !== null && dimensions !== 1536) throw fixedDimensions(1536, dimensions);
      return { inputText };
    }
    return { inputText, ...(dimensions === null ? {} : { dimensions }) };
  },
};

const cohere: Family = {
  models: /^cohere\.embed-/,
  maxTexts: 96,
  encode(texts, { body }, base) {
    const dimensions = dimensionsOf(body);
    const fixed = /-v3\b/.test(base) ? (/light/.test(base) ? 384 : 1024) : null;
    if (dimensions !== null && fixed !== null && dimensions !== fixed)
      throw fixedDimensions(fixed, dimensions);
    const { input_type, truncate } = body;
    return {
      texts,
      // OpenAI's API does not know the difference; documents are what most texts are embedded as.
      input_type: typeof input_type === 'string' ? input_type : 'search_document',
      embedding_types: ['float'],
      ...(typeof truncate === 'string' ? { truncate } : {}),
      ...(dimensions === null || fixed !== null ? {} : { output_dimension: dimensions }),
    };
  },
};

const families = [titan, cohere];

/** True for models that `embeddingsAdapter` knows how to ask. @param base as `baseModel` gives it. */
export function embeds(base: string): boolean {
  return families.some(({ models }) => models.test(base));
}

/** OpenAI's embeddings over InvokeModel, for Titan and Cohere. @param baseOf the model behind a target's id. */
export function embeddingsAdapter(baseOf: (id: string) => string): Adapter {
  return {
    kind: 'adapter',
    name: 'bedrock-embeddings',
    encode(call) {
      const base = baseOf(call.context.target.model);
      const family = families.find(({ models }) => models.test(base));
      if (family === undefined) throw new Error(`no embedding model: ${base}`);
      const texts = textsOf(call.body['input']);
      if (texts.length > family.maxTexts) {
        throw refused(
          'input',
          `this model embeds ${family.maxTexts === 1 ? 'one text' : `${family.maxTexts} texts`} in a request, came ${texts.length}. Send them in requests of their own.`,
        );
      }
      return { body: JSON.stringify(family.encode(texts, call, base)), dropped: droppedOf(call.body) };
    },
    answer: (body, call) => answerOf(body, call),
  };
}

function textsOf(input: Json | undefined): readonly string[] {
  if (typeof input === 'string') return [input];
  const list = Array.isArray(input) ? (input as readonly Json[]) : [];
  const texts = list.filter((item) => typeof item === 'string');
  if (texts.length === 0 || texts.length < list.length) {
    throw refused(
      'input',
      'expected a text or a list of texts, got tokens. Tokens mean something to one model only: send the text.',
    );
  }
  return texts;
}

function dimensionsOf({ dimensions }: JsonObject): number | null {
  return typeof dimensions === 'number' ? dimensions : null;
}

function droppedOf(body: JsonObject): string[] {
  const carried = new Set(['model', 'input', 'dimensions', 'encoding_format', 'input_type', 'truncate']);
  return Object.keys(body).filter((name) => !carried.has(name) && body[name] !== null);
}

function answerOf(body: JsonObject, { body: asked, context }: AdapterCall): Json | null {
  const vectors = vectorsOf(body);
  if (vectors === null) return null;
  const inBase64 = asked['encoding_format'] === 'base64';
  const tokens = body['inputTextTokenCount'];
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: inBase64 ? base64Of(vector) : vector,
    })),
    model: context.target.model,
    // Cohere counts in a header, which is not seen here.
    ...(typeof tokens === 'number' ? { usage: { prompt_tokens: tokens, total_tokens: tokens } } : {}),
  };
}

/** Titan: `embedding`. Cohere: `embeddings`, a list or, by type, `{float: […]}`. */
function vectorsOf({ embedding, embeddings }: JsonObject): readonly (readonly number[])[] | null {
  if (isVector(embedding)) return [embedding];
  const list = isJsonObject(embeddings) ? embeddings['float'] : embeddings;
  if (!Array.isArray(list) || list.length === 0) return null;
  return (list as readonly Json[]).every(isVector) ? (list as readonly (readonly number[])[]) : null;
}

function isVector(value: Json | undefined): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && typeof value[0] === 'number';
}

/** As OpenAI does: 32-bit floats, the low byte first. */
function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, number] of vector.entries()) bytes.writeFloatLE(number, index * 4);
  return bytes.toString('base64');
}

function fixedDimensions(expected: number, came: number): GatewayError {
  return refused(
    'dimensions',
    `this model has ${expected}, ${came} were wanted. Leave it out, or use another model.`,
  );
}

function refused(param: string, message: string): GatewayError {
  return new GatewayError('unsupported_parameter', `${param}: ${message}`, { param });
}
