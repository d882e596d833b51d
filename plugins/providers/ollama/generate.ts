import type { Chunk } from '../../../sdk/chunk.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { Adapter } from '../../../sdk/wire.ts';
import { OllamaDecoder } from './decoder.ts';
import { Dropped, isSet } from './dropped.ts';
import { type OllamaOptions, ollamaSchema } from './options.ts';
import { unsupported } from './unsupported.ts';

/** OpenAI's names of what goes into Ollama's `options`, and Ollama's. */
const settings: Readonly<Record<string, string>> = {
  max_tokens: 'num_predict',
  temperature: 'temperature',
  top_p: 'top_p',
  top_k: 'top_k',
  min_p: 'min_p',
  seed: 'seed',
  presence_penalty: 'presence_penalty',
  frequency_penalty: 'frequency_penalty',
  repetition_penalty: 'repeat_penalty',
};
const carried = new Set([
  ...Object.keys(settings),
  'model',
  'prompt',
  'suffix',
  'stop',
  'stream',
  'stream_options',
]);

/**
 * OpenAI's legacy completions by `POST /api/generate`. Answers are asked for whole; a client that streams gets them as
 * a stream all the same. The model's own template is applied, as Ollama does for this API itself.
 */
export function generateAdapter(options: OllamaOptions): Adapter {
  return {
    kind: 'adapter',
    name: 'ollama-generate',
    encode({ body, context }) {
      const dropped = new Dropped();
      for (const name of ['n', 'best_of']) {
        const count = body[name];
        if (typeof count === 'number' && count > 1)
          throw unsupported(name, 'requests for several answers', 'ask for each on its own');
      }
      if (body['echo'] === true) throw unsupported('echo', 'requests to repeat the prompt', 'leave it out');
      const quiet = new Set(['n', 'best_of', 'echo']);
      for (const [name, value] of Object.entries(body)) {
        dropped.add(name, !carried.has(name) && !quiet.has(name) && isSet(value));
      }
      const text = JSON.stringify({
        model: context.target.model,
        prompt: promptOf(body),
        suffix: isSet(body['suffix']) ? body['suffix'] : undefined,
        stream: false,
        think: options.think,
        options: settingsOf(body, options),
        keep_alive: options.keep_alive,
        truncate: options.truncate ?? ollamaSchema.properties.truncate.default,
      });
      return { body: text, dropped: dropped.names };
    },
    answer(body, { context }) {
      const decoder = new OllamaDecoder(context, options.num_ctx);
      const { kind, chunks } = decoder.decodeWhole(body);
      if (kind !== 'chunks' || !decoder.complete) return null;
      const usage = chunks.find((chunk) => chunk.type === 'usage')?.usage;
      return {
        id: `cmpl-${context.requestId.slice(4)}`,
        object: 'text_completion',
        created: createdAt(body['created_at']),
        model: decoder.model ?? context.target.model,
        choices: [{ text: textOf(chunks), index: 0, logprobs: null, finish_reason: finishOf(chunks) }],
        ...(usage === undefined || usage.estimated
          ? undefined
          : {
              usage: {
                prompt_tokens: usage.inputTokens,
                completion_tokens: usage.outputTokens,
                total_tokens: usage.inputTokens + usage.outputTokens,
              },
            }),
      };
    },
  };
}

function promptOf(body: JsonObject): string {
  const { prompt } = body;
  if (typeof prompt === 'string') return prompt;
  const only = Array.isArray(prompt) && prompt.length === 1 ? (prompt as readonly Json[])[0] : undefined;
  if (typeof only === 'string') return only;
  throw unsupported('prompt', 'several prompts at once, or tokens', 'send one text');
}

function settingsOf(body: JsonObject, { num_ctx }: OllamaOptions): JsonObject | undefined {
  const found: Record<string, Json> = num_ctx === undefined ? {} : { num_ctx };
  for (const [name, own] of Object.entries(settings)) {
    const value = body[name];
    if (typeof value === 'number') found[own] = value;
  }
  const { stop } = body;
  if (isSet(stop)) found['stop'] = Array.isArray(stop) ? stop : [stop];
  return Object.keys(found).length === 0 ? undefined : found;
}

function textOf(chunks: readonly Chunk[]): string {
  return chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
}

function finishOf(chunks: readonly Chunk[]): string {
  return chunks.find((chunk) => chunk.type === 'finish')?.reason ?? 'stop';
}

/** Seconds since the epoch; 0 where the server says nothing that is a date. */
function createdAt(value: Json | undefined): number {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}
