import type { AnswerChoice, Chunk, FinishReason } from '../../../sdk/chunk.ts';
import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import type { ChoiceEvents, ChoiceShape, ChoiceState, ChoiceWrite } from '../openai/shape.ts';

/** Choices of legacy text completions: the same `text` in events and whole answers, and nothing else. */
export const completionsShape: ChoiceShape = {
  eventObject: 'text_completion',
  wholeObject: 'text_completion',
  idPrefix: 'cmpl-',
  read: readChoice,
  write: writeChoice,
  add: addToChoice,
  events: (index) => new CompletionEvents(index),
  wholeChoice,
};

function readChoice(choice: JsonObject, state: ChoiceState, _whole: boolean, out: Chunk[]): void {
  state.role = true;
  const text = choice['text'];
  if (typeof text === 'string' && text !== '') out.push({ type: 'text', choice: state.index, text });
}

function writeChoice({ choice, index, pointer, placement, edits }: ChoiceWrite): boolean {
  const slot = placement.slot(`text:${index}`);
  if (slot === undefined) return false;
  if (slot.text !== slot.original) {
    edits.push({ pointer: `${pointer}/text`, value: slot.text });
    // Log probabilities spell the old text out, token by token.
    if (isJsonObject(choice['logprobs'])) edits.push({ pointer: `${pointer}/logprobs`, value: null });
  }
  return slot.kept && slot.text !== '';
}

function addToChoice({ pointer, edits }: ChoiceWrite, extra: AnswerChoice): void {
  if (extra.text !== '') edits.push({ pointer: `${pointer}/text`, value: extra.text });
}

/** Writes the events of one text completion. */
class CompletionEvents implements ChoiceEvents {
  readonly #index: number;
  #begun = false;
  #finished = false;

  constructor(index: number) {
    this.#index = index;
  }

  say(chunk: Chunk, _first: boolean, out: JsonObject[]): void {
    if (chunk.type === 'text') {
      this.#begun = true;
      out.push(textChoice(chunk.text, this.#index, null));
    } else if (chunk.type === 'finish' && !this.#finished) {
      this.#finished = true;
      out.push(textChoice('', this.#index, chunk.reason));
    }
  }

  note(chunk: Chunk): void {
    if (chunk.type === 'finish') this.#finished = true;
  }

  end(out: JsonObject[]): void {
    if (this.#begun && !this.#finished) out.push(textChoice('', this.#index, 'stop'));
    this.#finished = true;
  }
}

function textChoice(text: string, index: number, reason: FinishReason | null): JsonObject {
  return { text, index, logprobs: null, finish_reason: reason };
}

function wholeChoice(choice: AnswerChoice, index: number): JsonObject {
  return textChoice(choice.text, index, choice.finish ?? 'stop');
}
