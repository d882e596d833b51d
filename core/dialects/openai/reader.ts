import type { Chunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { serviceTier } from '../../../sdk/translate/service-tier.ts';
import type { AnswerDecoder, DecodedEvent } from '../../../sdk/wire.ts';
import { isOpenAiError } from '../openai-error.ts';
import { indexOf } from './choices.ts';
import { toFinishReason } from './finish.ts';
import type { AnswerIdentity } from './identity.ts';
import type { ChoiceShape, ChoiceState } from './shape.ts';
import { CallTracker } from './tool-calls.ts';
import { fromOpenAiUsage } from './usage.ts';

/** A decoded event, with what only its own codec needs to know of it. */
export interface OpenAiEvent extends DecodedEvent {
  /** The event's name; '' where it has none. */
  readonly event: string;
  /** Choices whose role this event names first: it must reach the client even where its text does not. */
  readonly opens: readonly number[] | null;
}

const noChunks: readonly Chunk[] = Object.freeze([]);

/** Reads answers of the OpenAI APIs that have choices: chat and text completions. */
export class OpenAiReader implements AnswerDecoder {
  readonly #shape: ChoiceShape;
  readonly #identity: AnswerIdentity;
  readonly #states = new Map<number, ChoiceState>();
  #state: ChoiceState | null = null;

  constructor(shape: ChoiceShape, identity: AnswerIdentity) {
    this.#shape = shape;
    this.#identity = identity;
  }

  get complete(): boolean {
    if (this.#states.size === 0) return false;
    for (const state of this.#states.values()) if (state.finish === null) return false;
    return true;
  }

  get model(): string | null {
    return this.#identity.model;
  }

  decodeEvent(data: string, event: string): OpenAiEvent {
    if (data === '[DONE]' || data.trim() === '[DONE]') return bare('done', data, event);
    if (data === '') return bare('ignore', data, event);
    let json: Json;
    try {
      json = JSON.parse(data) as Json;
    } catch {
      return bare('error', data, event);
    }
    if (!isJsonObject(json)) return bare('error', data, event);
    this.#identity.learn(json);
    const chunks: Chunk[] = [];
    const opens = this.#readChoices(json, false, chunks);
    const kind = event === 'error' || isOpenAiError(json) || isResponsesEvent(json) ? 'error' : 'chunks';
    return { kind, chunks, json, data, event, opens };
  }

  /** @param text the body as it came, where it is known. */
  decodeWhole(json: JsonObject, text?: string): DecodedEvent {
    this.#identity.learn(json);
    const chunks: Chunk[] = [];
    this.#readChoices(json, true, chunks);
    const failed = isOpenAiError(json) || !Array.isArray(json['choices']);
    // Only of an error is the text looked at.
    const data = text ?? (failed ? JSON.stringify(json) : '');
    return { kind: failed ? 'error' : 'chunks', chunks, json, data };
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
    if (usage !== null) out.push({ type: 'usage', usage, ...serviceTier(json['service_tier']) });
    return opens;
  }

  #readFinish(word: Json | undefined, state: ChoiceState, out: Chunk[]): void {
    if (typeof word !== 'string' || word === '') return;
    const reason = toFinishReason(word, state.calls.count > 0);
    // Some providers say it twice; only another word is news (Azure's filter stops a choice late).
    if (reason === state.finish) return;
    state.finish = reason;
    if (state.waiting !== null) {
      // Their calls never came: they stand for themselves.
      for (const seal of state.waiting.values()) out.push(seal);
      state.waiting = null;
    }
    out.push({ type: 'finish', choice: state.index, reason });
  }

  #stateOf(index: number): ChoiceState {
    if (this.#state !== null && this.#state.index === index) return this.#state;
    let state = this.#states.get(index);
    if (state === undefined) {
      state = {
        index,
        calls: new CallTracker(),
        vendor: this.#identity.vendor,
        role: false,
        plainReasoning: false,
        waiting: null,
        finish: null,
      };
      this.#states.set(index, state);
    }
    this.#state = state;
    return state;
  }
}

/** An event without a payload that could be read. */
function bare(kind: DecodedEvent['kind'], data: string, event: string): OpenAiEvent {
  return { kind, chunks: noChunks, json: null, data, event, opens: null };
}

function groqUsage(json: JsonObject): Json | undefined {
  const own = json['x_groq'];
  return isJsonObject(own) ? own['usage'] : undefined;
}

/** True for an event of the Responses API: a server that answers in it was asked for the wrong thing. */
function isResponsesEvent({ type, choices }: JsonObject): boolean {
  return typeof type === 'string' && choices === undefined && type.startsWith('response.');
}
