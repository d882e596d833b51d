import { hash } from 'node:crypto';
import type { Chunk, FinishReason } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { Usage } from '../../../sdk/usage.ts';
import type { AnswerDecoder, DecodedEvent, WireContext } from '../../../sdk/wire.ts';

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  // The model was only loaded, or thrown out: there is no answer.
  load: 'error',
  unload: 'error',
};

/** A prompt that takes so much of `num_ctx` was most likely cut to it, or is about to be. */
const fullShare = 0.95;

/** What an answer is marked with whose prompt fills the context. */
const cutPrompt = 'prompt beyond num_ctx';

/** Reads answers of `/api/chat` and `/api/generate`, whole or line by line: a line is a small whole answer. */
export class OllamaDecoder implements AnswerDecoder {
  readonly #requestId: string;
  readonly #numCtx: number | undefined;
  #calls = 0;
  complete = false;
  model: string | null = null;

  /** @param numCtx size of the context in tokens, where the request set it. */
  constructor({ requestId }: Pick<WireContext, 'requestId'>, numCtx: number | undefined) {
    this.#requestId = requestId;
    this.#numCtx = numCtx;
  }

  decodeEvent(data: string): DecodedEvent {
    let json: Json;
    try {
      json = JSON.parse(data) as Json;
    } catch {
      return { kind: 'error', chunks: [], json: null, data };
    }
    if (!isJsonObject(json)) return { kind: 'error', chunks: [], json: null, data };
    return this.#decode(json, data, false);
  }

  decodeWhole(body: JsonObject): DecodedEvent {
    return this.#decode(body, JSON.stringify(body), true);
  }

  #decode(json: JsonObject, data: string, whole: boolean): DecodedEvent {
    const { error, model, message, response } = json;
    if (error !== undefined && error !== null && error !== '')
      return { kind: 'error', chunks: [], json, data };
    if (typeof model === 'string' && model !== '') this.model = model;
    const said = isJsonObject(message) ? message : json;
    const answers = isJsonObject(message) || typeof response === 'string' || json['done'] === true;
    if (!answers) return { kind: whole ? 'error' : 'ignore', chunks: [], json, data };

    const chunks: Chunk[] = [];
    const text = isJsonObject(message) ? message['content'] : response;
    const { thinking } = said;
    if (typeof thinking === 'string' && thinking !== '')
      chunks.push({ type: 'reasoning', choice: 0, text: thinking });
    if (typeof text === 'string' && text !== '') chunks.push({ type: 'text', choice: 0, text });
    if (Array.isArray(said['tool_calls'])) this.#addCalls(said['tool_calls'] as readonly Json[], chunks);
    if (json['done'] === true && !this.complete) this.#addEnd(json, chunks);
    return { kind: 'chunks', chunks, json, data };
  }

  /** Calls come whole. Their `index` is 0 more often than not, so they are counted here. */
  #addCalls(calls: readonly Json[], chunks: Chunk[]): void {
    for (const call of calls) {
      if (!isJsonObject(call) || !isJsonObject(call['function'])) continue;
      const { name, arguments: given } = call['function'];
      if (typeof name !== 'string') continue;
      const index = this.#calls;
      this.#calls += 1;
      const own = call['id'];
      chunks.push({
        type: 'tool_call',
        choice: 0,
        index,
        id: typeof own === 'string' && own !== '' ? own : callId(this.#requestId, index),
        name,
        arguments: typeof given === 'string' ? given : JSON.stringify(given ?? {}),
      });
    }
  }

  #addEnd(json: JsonObject, chunks: Chunk[]): void {
    this.complete = true;
    const word = json['done_reason'];
    const said =
      typeof word === 'string' && Object.hasOwn(finishReasons, word) ? finishReasons[word]! : 'stop';
    const reason = said === 'stop' && this.#calls > 0 ? 'tool_calls' : said;
    const prompt = count(json['prompt_eval_count']);
    if (prompt !== null && this.#numCtx !== undefined && prompt >= this.#numCtx * fullShare) {
      chunks.push({
        type: 'opaque',
        name: cutPrompt,
        value: { prompt_eval_count: prompt, num_ctx: this.#numCtx },
      });
    }
    chunks.push({ type: 'finish', choice: 0, reason });
    const usage = usageOf(prompt, count(json['eval_count']));
    if (usage !== null) chunks.push({ type: 'usage', usage });
  }
}

/** An id for a call that has none: the same for the same place in the same answer. */
function callId(requestId: string, index: number): string {
  return `call_${hash('sha256', `${requestId}:${index}`, 'hex').slice(0, 24)}`;
}

/**
 * Counts of 0 are left out by the server. `prompt_eval_count` is also missing where all of the prompt was still in its
 * cache, so without it the count is not the provider's.
 */
function usageOf(prompt: number | null, output: number | null): Usage | null {
  if (prompt === null && output === null) return null;
  return {
    inputTokens: prompt ?? 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: output ?? 0,
    reasoningTokens: 0,
    estimated: prompt === null,
  };
}

function count(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
