import type { Chunk } from '../../../sdk/chunk.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import { AnswerBuilder } from '../../response/answer.ts';
import type { AnswerMeta } from '../dialect.ts';
import type { ChoiceShape } from './shape.ts';
import { sseEvent } from './sse.ts';
import { toOpenAiUsage } from './usage.ts';

/** Writes answers and events that no provider sent, under the id, time and model of the answer they belong to. */
export class Synthesizer {
  /** Choices whose role the client has been told. */
  readonly opened = new Set<number>();
  readonly #shape: ChoiceShape;
  readonly #meta: AnswerMeta;
  #id: string;
  #created: number;
  #model: string | null = null;
  #idLearnt = false;

  constructor(shape: ChoiceShape, meta: AnswerMeta) {
    this.#shape = shape;
    this.#meta = meta;
    this.#id = meta.id.startsWith(shape.idPrefix) ? meta.id : shape.idPrefix + meta.id;
    this.#created = Math.floor(meta.createdAtMs / 1000);
  }

  /** The model that the answer names; null where it names none (yet). */
  get model(): string | null {
    return this.#model;
  }

  /** Takes over what the answer says about itself. Azure's first event has an empty id and model: not those. */
  learn(json: JsonObject): void {
    if (this.#idLearnt && this.#model !== null) return;
    const { id, created, model } = json;
    if (this.#model === null && typeof model === 'string' && model !== '') this.#model = model;
    if (this.#idLearnt || typeof id !== 'string' || id === '') return;
    this.#idLearnt = true;
    this.#id = id;
    if (typeof created === 'number' && created > 0) this.#created = created;
  }

  /** SSE text of one chunk; '' for what the API cannot say. */
  event(chunk: Chunk): string {
    if (chunk.type === 'usage')
      return sseEvent(this.#wrap({ choices: [], usage: toOpenAiUsage(chunk.usage) }));
    const index = 'choice' in chunk ? chunk.choice : 0;
    const choice = this.#shape.eventChoice(chunk, !this.opened.has(index), this.#id);
    if (choice === null) return '';
    this.opened.add(index);
    return sseEvent(this.#wrap({ choices: [choice] }));
  }

  /** A whole JSON answer. */
  whole(chunks: readonly Chunk[]): string {
    const builder = new AnswerBuilder();
    builder.add(chunks);
    const answer = builder.build(200, null);
    // An answer without a choice breaks every client.
    const indices = answer.choices.length === 0 ? [0] : builder.indices;
    const choices = indices.map((index) =>
      this.#shape.wholeChoice(builder.choice(index) ?? noChoice, index, this.#id),
    );
    return JSON.stringify({
      id: this.#id,
      object: this.#shape.wholeObject,
      created: this.#created,
      model: this.#model ?? this.#meta.model,
      choices,
      ...(answer.usage === null ? undefined : { usage: toOpenAiUsage(answer.usage) }),
    });
  }

  #wrap(body: JsonObject): string {
    return JSON.stringify({
      id: this.#id,
      object: this.#shape.eventObject,
      created: this.#created,
      model: this.#model ?? this.#meta.model,
      ...body,
    });
  }
}

const noChoice = { text: '', reasoning: '', refusal: '', toolCalls: [], finish: null };
