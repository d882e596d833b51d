import type { Chunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import type { Usage } from '../../../sdk/usage.ts';
import { AnswerBuilder } from '../../response/answer.ts';
import type { AnswerIdentity } from './identity.ts';
import type { ChoiceEvents, ChoiceShape } from './shape.ts';
import { sseEvent } from './sse.ts';
import { toOpenAiUsage } from './usage.ts';

/** Writes answers and events that no provider sent, under the id, time and model of the answer they belong to. */
export class Synthesizer {
  /** Choices whose role the client has been told. */
  readonly opened = new Set<number>();
  readonly #shape: ChoiceShape;
  readonly #identity: AnswerIdentity;
  readonly #choices = new Map<number, ChoiceEvents>();
  /** Providers count early and several times; clients want one count, after the last choice has ended. */
  #usage: Usage | null = null;

  constructor(shape: ChoiceShape, identity: AnswerIdentity) {
    this.#shape = shape;
    this.#identity = identity;
  }

  /** SSE text of one chunk; '' for what the API cannot say, and for what has to wait. */
  event(chunk: Chunk): string {
    if (chunk.type === 'usage') {
      this.#usage = chunk.usage;
      return '';
    }
    const index = choiceOf(chunk);
    const out: JsonObject[] = [];
    this.#eventsOf(index).say(chunk, !this.opened.has(index), out);
    if (out.length > 0) this.opened.add(index);
    return this.#texts(out);
  }

  /** A chunk reached the client in an event of the provider's own. */
  note(chunk: Chunk): void {
    if (chunk.type === 'usage') this.#usage = null;
    else if (chunk.type === 'tool_call' || chunk.type === 'finish') this.#eventsOf(chunk.choice).note(chunk);
  }

  /** SSE text of what had to wait for the end: ends that nobody told, then the usage. */
  end(): string {
    const out: JsonObject[] = [];
    for (const choice of this.#choices.values()) choice.end(out);
    const text = this.#texts(out);
    if (this.#usage === null) return text;
    const usage = toOpenAiUsage(this.#usage);
    this.#usage = null;
    return text + sseEvent(this.#wrap({ choices: [], usage }));
  }

  /** What was written has been thrown away; the answer is told anew. */
  restart(): void {
    this.opened.clear();
    this.#choices.clear();
    this.#usage = null;
  }

  /** A whole JSON answer. */
  whole(chunks: readonly Chunk[]): string {
    const builder = new AnswerBuilder();
    builder.add(chunks);
    const { usage } = builder.build(200, null);
    // An answer without a choice breaks every client.
    const indices = builder.indices.length === 0 ? [0] : builder.indices;
    const choices = indices.map((index) =>
      this.#shape.wholeChoice(builder.choice(index) ?? noChoice, index, this.#identity, chunks),
    );
    const { id, createdSeconds, shownModel } = this.#identity;
    return JSON.stringify({
      id,
      object: this.#shape.wholeObject,
      created: createdSeconds,
      model: shownModel,
      choices,
      ...(usage === null ? undefined : { usage: toOpenAiUsage(usage) }),
    });
  }

  #eventsOf(index: number): ChoiceEvents {
    let events = this.#choices.get(index);
    if (events === undefined) {
      events = this.#shape.events(index, this.#identity);
      this.#choices.set(index, events);
    }
    return events;
  }

  #texts(choices: readonly JsonObject[]): string {
    let text = '';
    for (const choice of choices) text += sseEvent(this.#wrap({ choices: [choice] }));
    return text;
  }

  #wrap(body: JsonObject): string {
    const { id, createdSeconds, shownModel } = this.#identity;
    return JSON.stringify({
      id,
      object: this.#shape.eventObject,
      created: createdSeconds,
      model: shownModel,
      ...body,
    });
  }
}

const noChoice = { text: '', reasoning: '', refusal: '', toolCalls: [], finish: null };

function choiceOf(chunk: Exclude<Chunk, { type: 'usage' }>): number {
  if (chunk.type !== 'opaque') return chunk.choice;
  const choice = isJsonObject(chunk.value) ? chunk.value['choice'] : undefined;
  return typeof choice === 'number' ? choice : 0;
}
