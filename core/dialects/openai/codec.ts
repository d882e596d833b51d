import type { Chunk } from '../../../sdk/chunk.ts';
import type { GatewayError } from '../../../sdk/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { JsonText } from '../../body/json-text.ts';
import type { AnswerCodec, AnswerMeta, DecodedEvent } from '../dialect.ts';
import { isOpenAiError, openAiErrorBody } from '../openai-error.ts';
import { indexOf } from './choices.ts';
import { toFinishReason } from './finish.ts';
import { place, sameChunks } from './placement.ts';
import { rewriteEvent, rewriteWhole } from './rewrite.ts';
import type { ChoiceShape, ChoiceState } from './shape.ts';
import { doneEvent, sseEvent } from './sse.ts';
import { Synthesizer } from './synthesize.ts';
import { CallTracker } from './tool-calls.ts';
import { fromOpenAiUsage } from './usage.ts';

/** A decoded event, with what only its own codec needs to know of it. */
interface OpenAiEvent extends DecodedEvent {
  /** Choices whose role this event names first: it must reach the client even where its text does not. */
  readonly opens: readonly number[] | null;
}

const noChunks: readonly Chunk[] = Object.freeze([]);

/** Reads and writes answers of the OpenAI APIs that have choices: chat and text completions. */
export class OpenAiCodec implements AnswerCodec {
  readonly #shape: ChoiceShape;
  readonly #synthesizer: Synthesizer;
  readonly #states = new Map<number, ChoiceState>();
  /** Where ends and usage came from: a chain may let them wait, and they still leave with their event's own fields. */
  readonly #origins = new WeakMap<Chunk, OpenAiEvent>();
  /** Ends and usage that have been written. One that comes again means that the answer is told anew. */
  readonly #written = new WeakSet<Chunk>();
  #state: ChoiceState | null = null;
  #ended = false;

  constructor(shape: ChoiceShape, meta: AnswerMeta) {
    this.#shape = shape;
    this.#synthesizer = new Synthesizer(shape, meta);
  }

  get complete(): boolean {
    if (this.#states.size === 0) return false;
    for (const state of this.#states.values()) if (state.finish === null) return false;
    return true;
  }

  get model(): string | null {
    return this.#synthesizer.model;
  }

  decodeEvent(data: string, event: string): DecodedEvent {
    if (data === '[DONE]' || data.trim() === '[DONE]')
      return { kind: 'done', chunks: noChunks, json: null, data };
    if (data === '') return { kind: 'ignore', chunks: noChunks, json: null, data };
    let json: Json;
    try {
      json = JSON.parse(data) as Json;
    } catch {
      return { kind: 'error', chunks: noChunks, json: null, data };
    }
    if (!isJsonObject(json)) return { kind: 'error', chunks: noChunks, json: null, data };
    this.#synthesizer.learn(json);
    const chunks: Chunk[] = [];
    const opens = this.#readChoices(json, false, chunks);
    const kind = event === 'error' || isOpenAiError(json) ? 'error' : 'chunks';
    const decoded: OpenAiEvent = { kind, chunks, json, data, opens };
    for (const chunk of chunks) {
      if (isTail(chunk)) this.#origins.set(chunk, decoded);
    }
    return decoded;
  }

  encodeEvent(event: DecodedEvent, chunks: readonly Chunk[]): string {
    if (event.kind === 'done') return this.encodeEnd();
    if (event.kind === 'ignore') return '';
    const own = event as OpenAiEvent;
    if (sameChunks(chunks, event.chunks)) {
      for (const choice of own.opens ?? noIndices) this.#synthesizer.opened.add(choice);
      this.#noteWritten(chunks);
      return sseEvent(event.data);
    }
    return this.#rewrite(own, chunks);
  }

  encodeChunks(chunks: readonly Chunk[]): string {
    // What was written before was thrown away: a step that wanted the whole answer has changed it.
    if (chunks.some((chunk) => this.#written.has(chunk))) this.#synthesizer.opened.clear();
    return this.#encode(chunks);
  }

  #encode(chunks: readonly Chunk[]): string {
    let out = '';
    for (let at = 0; at < chunks.length; at++) {
      const chunk = chunks[at] as Chunk;
      const origin = this.#origins.get(chunk);
      if (origin === undefined) {
        out += this.#synthesizer.event(chunk);
        continue;
      }
      const group = [chunk];
      for (
        let next = chunks[at + 1];
        next !== undefined && this.#origins.get(next) === origin;
        next = chunks[at + 1]
      ) {
        group.push(next);
        at++;
      }
      out += this.#rewrite(origin, group);
    }
    return out;
  }

  encodeEnd(): string {
    if (this.#ended) return '';
    this.#ended = true;
    return doneEvent;
  }

  encodeError(error: GatewayError): string {
    // An answer that failed never ends with `[DONE]`.
    this.#ended = true;
    return sseEvent(openAiErrorBody(error));
  }

  decodeWhole(body: JsonText): DecodedEvent {
    const json = body.value;
    this.#synthesizer.learn(json);
    const chunks: Chunk[] = [];
    this.#readChoices(json, true, chunks);
    const kind = isOpenAiError(json) || !Array.isArray(json['choices']) ? 'error' : 'chunks';
    return { kind, chunks, json, data: body.text };
  }

  encodeWhole(body: JsonText, decoded: DecodedEvent, chunks: readonly Chunk[]): string {
    if (sameChunks(chunks, decoded.chunks)) return body.text;
    return rewriteWhole(body, this.#shape, place(decoded.chunks, chunks));
  }

  synthesizeWhole(chunks: readonly Chunk[]): string {
    return this.#synthesizer.whole(chunks);
  }

  #rewrite(event: OpenAiEvent, chunks: readonly Chunk[]): string {
    const placement = place(event.chunks, chunks);
    this.#noteWritten(chunks);
    const before = placement.before.length === 0 ? '' : this.#encode(placement.before);
    const { opened } = this.#synthesizer;
    const opens = (event.opens ?? noIndices).filter((choice) => !opened.has(choice));
    const again = (event.opens ?? noIndices).filter((choice) => opened.has(choice));
    const data = rewriteEvent(event, this.#shape, placement, opens, again);
    if (data !== null) for (const choice of opens) opened.add(choice);
    const after = placement.after.length === 0 ? '' : this.#encode(placement.after);
    return before + (data === null ? '' : sseEvent(data)) + after;
  }

  #noteWritten(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) if (isTail(chunk)) this.#written.add(chunk);
  }

  /** Adds the chunks of all choices and of the usage. @returns the choices that begin here. */
  #readChoices(json: JsonObject, whole: boolean, out: Chunk[]): readonly number[] | null {
    let opens: number[] | null = null;
    const choices = json['choices'];
    if (Array.isArray(choices)) {
      for (let position = 0; position < choices.length; position++) {
        const choice = choices[position] as Json;
        if (!isJsonObject(choice)) continue;
        const state = this.#stateOf(indexOf(choice, position));
        const hadRole = state.role;
        this.#shape.read(choice, state, whole, out);
        if (!hadRole && state.role) {
          opens ??= [];
          opens.push(state.index);
        }
        this.#readFinish(choice['finish_reason'], state, out);
      }
    }
    const usage = fromOpenAiUsage(json['usage']) ?? fromOpenAiUsage(groqUsage(json));
    if (usage !== null) out.push({ type: 'usage', usage });
    return opens;
  }

  #readFinish(word: Json | undefined, state: ChoiceState, out: Chunk[]): void {
    if (typeof word !== 'string' || word === '') return;
    const reason = toFinishReason(word, state.calls.count > 0);
    // Some providers say it twice; only another word is news (Azure's filter stops a choice late).
    if (reason === state.finish) return;
    state.finish = reason;
    out.push({ type: 'finish', choice: state.index, reason });
  }

  #stateOf(index: number): ChoiceState {
    if (this.#state !== null && this.#state.index === index) return this.#state;
    let state = this.#states.get(index);
    if (state === undefined) {
      state = { index, calls: new CallTracker(), role: false, finish: null };
      this.#states.set(index, state);
    }
    this.#state = state;
    return state;
  }
}

const noIndices: readonly number[] = Object.freeze([]);

function isTail(chunk: Chunk): boolean {
  return chunk.type === 'finish' || chunk.type === 'usage';
}

function groqUsage(json: JsonObject): Json | undefined {
  const own = json['x_groq'];
  return isJsonObject(own) ? own['usage'] : undefined;
}
