import type { AnswerChoice, Chunk, FinishReason, SealChunk } from '../../../sdk/chunk.ts';
import type { JsonObject, JsonPointer } from '../../../sdk/json.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import type { AnswerIdentity } from './identity.ts';
import type { Placement } from './placement.ts';
import type { CallTracker } from './tool-calls.ts';

/** What is known of one choice while its answer is read. */
export interface ChoiceState {
  readonly index: number;
  readonly calls: CallTracker;
  /** Issuer of seals that do not say whose they are. */
  readonly vendor: string;
  /** True once the provider has said whose message it is. */
  role: boolean;
  /** True once reasoning came as plain text alone: details that say it again are not read as text. */
  plainReasoning: boolean;
  /** Seals that came before the tool calls that they belong to, by the ids of those; null while there are none. */
  waiting: Map<string, SealChunk> | null;
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

/** Writes the events of one choice that no provider sent. Stateful: one for each choice of each answer. */
export interface ChoiceEvents {
  /**
   * Adds the choices that say a chunk, one for each event; none for what the API cannot say, or not yet.
   *
   * @param first the client has not been told the choice's role yet.
   */
  say(chunk: Chunk, first: boolean, out: JsonObject[]): void;
  /** A chunk reached the client in an event of the provider's own. */
  note(chunk: Chunk): void;
  /** Adds the end of a choice that was begun here and that no chunk ended. */
  end(out: JsonObject[]): void;
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
  events(index: number, identity: AnswerIdentity): ChoiceEvents;
  /**
   * A choice of a whole answer that no provider sent.
   *
   * @param chunks the answer's, with what `choice` does not hold: seals.
   */
  wholeChoice(
    choice: AnswerChoice,
    index: number,
    identity: AnswerIdentity,
    chunks: readonly Chunk[],
  ): JsonObject;
}
