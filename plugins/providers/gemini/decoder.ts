import type { Chunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { AnswerDecoder, DecodedEvent, WireContext } from '../../../sdk/wire.ts';
import { CallIds } from './call-ids.ts';
import { type AnswerFacts, type CandidateState, readCandidate } from './candidate.ts';
import { fromGeminiUsage } from './usage.ts';

const noChunks: readonly Chunk[] = Object.freeze([]);

/** Reads answers of `generateContent`, and of `streamGenerateContent`, whose events have the same form. */
export class GeminiDecoder implements AnswerDecoder {
  readonly #facts: AnswerFacts;
  readonly #candidates = new Map<number, CandidateState>();
  #blocked = false;
  #model: string | null = null;

  constructor({ target, requestId }: WireContext) {
    this.#facts = { vendor: target.vendor, ids: new CallIds(requestId) };
  }

  /** Every candidate has ended, or there will be none. No event marks the end of a stream. */
  get complete(): boolean {
    if (this.#blocked) return true;
    for (const { finish } of this.#candidates.values()) if (finish === null) return false;
    return this.#candidates.size > 0;
  }

  get model(): string | null {
    return this.#model;
  }

  decodeEvent(data: string): DecodedEvent {
    if (data === '') return { kind: 'ignore', chunks: noChunks, json: null, data };
    let json: Json;
    try {
      json = JSON.parse(data) as Json;
    } catch {
      return { kind: 'error', chunks: noChunks, json: null, data };
    }
    if (Array.isArray(json)) return this.#decodeAll(json as readonly Json[], data);
    if (!isJsonObject(json)) return { kind: 'error', chunks: noChunks, json: null, data };
    const decoded = this.#decode(json, data);
    // News of a kind that nobody knows yet end no stream.
    return decoded.kind === 'error' && !hasError(json) ? { ...decoded, kind: 'ignore' } : decoded;
  }

  decodeWhole(body: JsonObject): DecodedEvent {
    const decoded = this.#decode(body, '');
    return decoded.kind === 'error' ? { ...decoded, data: JSON.stringify(body) } : decoded;
  }

  /** Errors come wrapped in an array at times, and streams without `alt=sse` are one. */
  #decodeAll(list: readonly Json[], data: string): DecodedEvent {
    const chunks: Chunk[] = [];
    let kind: DecodedEvent['kind'] = list.length === 0 ? 'ignore' : 'chunks';
    for (const item of list) {
      const decoded = isJsonObject(item) ? this.#decode(item, data) : null;
      if (decoded === null || decoded.kind === 'error') kind = 'error';
      chunks.push(...(decoded?.chunks ?? noChunks));
    }
    return { kind, chunks, json: null, data };
  }

  #decode(json: JsonObject, data: string): DecodedEvent {
    const { candidates, promptFeedback, usageMetadata, modelVersion } = json;
    if (typeof modelVersion === 'string' && modelVersion !== '') this.#model = modelVersion;
    const chunks: Chunk[] = [];
    if (Array.isArray(candidates)) this.#readCandidates(candidates as readonly Json[], chunks);
    if (isJsonObject(promptFeedback)) this.#readFeedback(promptFeedback, chunks);
    const usage = fromGeminiUsage(usageMetadata);
    if (usage !== null) chunks.push({ type: 'usage', usage });
    const isAnswer = Array.isArray(candidates) || isJsonObject(promptFeedback) || isJsonObject(usageMetadata);
    return { kind: !isAnswer || hasError(json) ? 'error' : 'chunks', chunks, json, data };
  }

  #readCandidates(candidates: readonly Json[], out: Chunk[]): void {
    for (let position = 0; position < candidates.length; position++) {
      const candidate = candidates[position];
      if (!isJsonObject(candidate)) continue;
      const { index } = candidate;
      const choice = typeof index === 'number' && Number.isInteger(index) && index >= 0 ? index : position;
      let state = this.#candidates.get(choice);
      if (state === undefined) {
        state = { calls: 0, finish: null };
        this.#candidates.set(choice, state);
      }
      readCandidate(candidate, choice, state, this.#facts, out);
    }
  }

  /** A blocked prompt is a success without candidates. */
  #readFeedback(feedback: JsonObject, out: Chunk[]): void {
    const { blockReason } = feedback;
    if (typeof blockReason !== 'string' || blockReason === '' || this.#blocked) return;
    this.#blocked = true;
    out.push({ type: 'opaque', value: { promptFeedback: feedback }, name: 'promptFeedback' });
    out.push({ type: 'finish', choice: 0, reason: 'content_filter' });
  }
}

function hasError({ error }: JsonObject): boolean {
  return error !== undefined && error !== null;
}
