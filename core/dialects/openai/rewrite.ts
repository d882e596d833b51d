import type { Chunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import type { DecodedEvent } from '../../../sdk/wire.ts';
import { type JsonEdit, type JsonText, jsonTextOf } from '../../body/json-text.ts';
import { AnswerBuilder } from '../../response/answer.ts';
import { choicesOf, indexOf } from './choices.ts';
import type { Placement } from './placement.ts';
import type { ChoiceShape } from './shape.ts';
import { toOpenAiUsage } from './usage.ts';

/**
 * The event's payload with the changed chunks written in; null where nothing of it is left to say.
 *
 * @param opens choices that this event begins: it is kept for them even without text.
 * @param again choices that it would begin a second time: it does not name their role again.
 */
export function rewriteEvent(
  event: DecodedEvent,
  shape: ChoiceShape,
  placement: Placement,
  opens: readonly number[],
  again: readonly number[],
): string | null {
  const json = event.json as JsonObject;
  const edits: JsonEdit[] = [];
  let left = 0;
  for (const { choice, position } of choicesOf(json)) {
    const index = indexOf(choice, position);
    const pointer = `/choices/${position}`;
    const own: JsonEdit[] = [];
    const said = shape.write({ choice, index, pointer, placement, edits: own, whole: false });
    const ended = writeFinish(choice, index, pointer, placement, own);
    if (!said && !ended && !opens.includes(index)) {
      edits.push({ pointer, value: undefined });
      continue;
    }
    left++;
    edits.push(...own);
    if (again.includes(index)) edits.push({ pointer: `${pointer}/delta/role`, value: undefined });
  }
  const usage = writeUsage(json, placement, edits);
  if (left === 0 && !usage) return null;
  return edits.length === 0 ? event.data : jsonTextOf(event.data, json).edit(edits);
}

/** A whole answer with the changed chunks written in. */
export function rewriteWhole(body: JsonText, shape: ChoiceShape, placement: Placement): string {
  const edits: JsonEdit[] = [];
  const extra = new AnswerBuilder();
  extra.add(placement.before);
  extra.add(placement.after);
  for (const { choice, position } of choicesOf(body.value)) {
    const index = indexOf(choice, position);
    const target = { choice, index, pointer: `/choices/${position}`, placement, edits, whole: true };
    shape.write(target);
    const added = extra.choice(index);
    if (added !== null) shape.add(target, added);
    if (!writeFinish(choice, index, target.pointer, placement, edits) && added?.finish) {
      edits.push({ pointer: `${target.pointer}/finish_reason`, value: added.finish });
    }
  }
  writeUsage(body.value, placement, edits);
  return body.edit(edits);
}

/** Writes a choice's end. @returns whether the choice still ends here. */
function writeFinish(
  choice: JsonObject,
  index: number,
  at: string,
  placement: Placement,
  edits: JsonEdit[],
): boolean {
  const slot = placement.slot(`finish:${index}`);
  if (slot === undefined) return false;
  const latest = slot.latest as (Chunk & { type: 'finish' }) | null;
  const was = (slot.chunk as Chunk & { type: 'finish' }).reason;
  if (latest === null) edits.push({ pointer: `${at}/finish_reason`, value: null });
  else if (latest.reason !== was) edits.push({ pointer: `${at}/finish_reason`, value: latest.reason });
  // The provider's own word says the same.
  if ((latest === null || latest.reason !== was) && typeof choice['native_finish_reason'] === 'string') {
    edits.push({ pointer: `${at}/native_finish_reason`, value: null });
  }
  return latest !== null;
}

/** Writes the usage. @returns whether there is any left. */
function writeUsage(json: JsonObject, placement: Placement, edits: JsonEdit[]): boolean {
  const slot = placement.slot('usage');
  if (slot === undefined) return false;
  const latest = slot.latest as (Chunk & { type: 'usage' }) | null;
  if (latest === slot.chunk) return true;
  const value = latest === null ? undefined : toOpenAiUsage(latest.usage);
  if (isJsonObject(json['usage'])) edits.push({ pointer: '/usage', value });
  if (isJsonObject(json['x_groq']) && isJsonObject(json['x_groq']['usage'])) {
    edits.push({ pointer: '/x_groq/usage', value });
  }
  return latest !== null;
}
