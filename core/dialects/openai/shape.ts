import type { AnswerChoice, Chunk, FinishReason } from '../../../sdk/chunk.ts';
import type { JsonObject, JsonPointer } from '../../../sdk/json.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import type { Placement } from './placement.ts';
import type { CallTracker } from './tool-calls.ts';

/** What is known of one choice while its answer is read. */
export interface ChoiceState {
  readonly index: number;
  readonly calls: CallTracker;
  /** True once the provider has said whose message it is. */
  role: boolean;
  finish: FinishReason | null;
}

/** Where a choice is written: its place in the JSON, and what became of its chunks. */
export interface ChoiceWrite {
  readonly choice: JsonObject;
  readonly index: number;
  readonly pointer: JsonPointer;
  readonly placement: Placement;
  readonly edits: JsonEdit[];
  /** A whole answer's choice, not a stream event's. */
  readonly whole: boolean;
}

/** How one OpenAI API lays out the choices of its answers: what chat and text completions do not share. */
export interface ChoiceShape {
  readonly eventObject: string;
  readonly wholeObject: string;
  readonly idPrefix: string;
  /** Adds the chunks of one choice of an event or whole answer, without its end. */
  read(choice: JsonObject, state: ChoiceState, whole: boolean, out: Chunk[]): void;
  /** Adds the edits that write changed chunks into the choice. @returns whether anything is left in it. */
  write(target: ChoiceWrite): boolean;
  /** Adds the edits for chunks of a whole answer's choice that had no place in it. */
  add(target: ChoiceWrite, extra: AnswerChoice): void;
  /** Choices for an event that no provider sent; none where the API cannot say such a chunk. */
  eventChoice(chunk: Chunk, first: boolean, id: string): JsonObject | null;
  /** A choice of a whole answer that no provider sent. */
  wholeChoice(choice: AnswerChoice, index: number, id: string): JsonObject;
}
