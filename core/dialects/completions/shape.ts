import type { AnswerChoice, Chunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import type { ChoiceShape, ChoiceState, ChoiceWrite } from '../openai/shape.ts';

/** Choices of legacy text completions: the same `text` in events and whole answers, and nothing else. */
export const completionsShape: ChoiceShape = {
  eventObject: 'text_completion',
  wholeObject: 'text_completion',
  idPrefix: 'cmpl-',
  read: readChoice,
  write: writeChoice,
  add: addToChoice,
  eventChoice,
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

function eventChoice(chunk: Chunk): JsonObject | null {
  if (chunk.type === 'text')
    return { text: chunk.text, index: chunk.choice, logprobs: null, finish_reason: null };
  if (chunk.type !== 'finish') return null;
  return { text: '', index: chunk.choice, logprobs: null, finish_reason: chunk.reason };
}

function wholeChoice(choice: AnswerChoice, index: number): JsonObject {
  return { text: choice.text, index, logprobs: null, finish_reason: choice.finish ?? 'stop' };
}
