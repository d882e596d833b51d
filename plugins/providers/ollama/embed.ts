import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { Adapter } from '../../../sdk/wire.ts';
import { Dropped, isSet } from './dropped.ts';
import { type OllamaOptions, ollamaSchema } from './options.ts';
import { unsupported } from './unsupported.ts';

const carried = new Set(['model', 'input', 'dimensions', 'encoding_format', 'stream']);

/** OpenAI's embeddings by `POST /api/embed`. */
export function embedAdapter({ num_ctx, keep_alive, truncate }: OllamaOptions): Adapter {
  return {
    kind: 'adapter',
    name: 'ollama-embed',
    encode({ body, context }) {
      const dropped = new Dropped();
      for (const [name, value] of Object.entries(body)) dropped.add(name, !carried.has(name) && isSet(value));
      const { dimensions } = body;
      const text = JSON.stringify({
        model: context.target.model,
        input: inputOf(body),
        dimensions: typeof dimensions === 'number' ? dimensions : undefined,
        options: num_ctx === undefined ? undefined : { num_ctx },
        keep_alive,
        truncate: truncate ?? ollamaSchema.properties.truncate.default,
      });
      return { body: text, dropped: dropped.names };
    },
    answer(body, call) {
      const { embeddings, model, prompt_eval_count: tokens } = body;
      if (!Array.isArray(embeddings) || embeddings.length !== sizeOf(call.body['input'])) return null;
      const base64 = call.body['encoding_format'] === 'base64';
      const data: JsonObject[] = [];
      for (const [index, vector] of (embeddings as readonly Json[]).entries()) {
        if (!isVector(vector)) return null;
        data.push({ object: 'embedding', index, embedding: base64 ? toBase64(vector) : vector });
      }
      return {
        object: 'list',
        data,
        model: typeof model === 'string' ? model : call.context.target.model,
        ...(typeof tokens === 'number'
          ? { usage: { prompt_tokens: tokens, total_tokens: tokens } }
          : undefined),
      };
    },
  };
}

function inputOf(body: JsonObject): Json {
  const { input } = body;
  const texts = Array.isArray(input) ? (input as readonly Json[]) : [input ?? ''];
  if (texts.every((text) => typeof text === 'string' && text !== '')) return input!;
  const what = texts.includes('') ? 'empty texts' : 'tokens, which are those of another model';
  throw unsupported('input', what, 'send text');
}

function sizeOf(input: Json | undefined): number {
  return Array.isArray(input) ? input.length : 1;
}

function isVector(value: Json): value is readonly number[] {
  return Array.isArray(value) && value.every((number) => typeof number === 'number');
}

/** Little-endian 32-bit floats, as OpenAI's SDKs ask for by default. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  for (let index = 0; index < vector.length; index++) bytes.writeFloatLE(vector[index]!, index * 4);
  return bytes.toString('base64');
}
