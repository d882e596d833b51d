import type { AnswerChoice, SealChunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { pointerToken } from '../../body/json-pointer.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import type { Slot } from '../openai/placement.ts';
import type { ChoiceWrite } from '../openai/shape.ts';
import { sealPlace } from './answer-seals.ts';
import { partsText, replacePartsText } from './parts.ts';

/** Writes changed chunks into a `delta` or `message`. @returns whether anything is left in it. */
export function writeMessage(target: ChoiceWrite): boolean {
  const { choice, index, placement, edits, whole } = target;
  const name = whole ? 'message' : 'delta';
  const holder = choice[name];
  if (!isJsonObject(holder)) return false;
  const at = `${target.pointer}/${name}`;
  const text = placement.slot(`text:${index}`);
  const reasoning = placement.slot(`reasoning:${index}`);
  const refusal = placement.slot(`refusal:${index}`);
  const callsLeft = writeCalls(target, holder, at);

  if (differs(text)) {
    const content = holder['content'];
    if (Array.isArray(content)) setParts(edits, `${at}/content`, content, text, reasoning);
    else
      edits.push({
        pointer: `${at}/content`,
        value: text.text === '' && whole && callsLeft ? null : text.text,
      });
    // Log probabilities spell the old text out, token by token.
    if (isJsonObject(choice['logprobs'])) edits.push({ pointer: `${target.pointer}/logprobs`, value: null });
  }
  if (differs(reasoning)) writeReasoning(target, holder, at, text, reasoning);
  const sealsLeft = writeSeals(target, holder, at, differs(reasoning), callsLeft);
  if (differs(refusal))
    edits.push({ pointer: `${at}/refusal`, value: whole ? refusal.text || null : refusal.text });
  const opaqueLeft = writeOpaque(target, at);
  return says(text) || says(reasoning) || says(refusal) || callsLeft || sealsLeft || opaqueLeft;
}

/** Writes changed reasoning wherever it stands as plain text. */
function writeReasoning(
  { edits }: ChoiceWrite,
  holder: JsonObject,
  at: string,
  text: Slot | undefined,
  reasoning: Slot,
): void {
  const { content } = holder;
  let placed = Array.isArray(content) && partsText(content, 'thinking') !== '';
  for (const field of ['reasoning_content', 'reasoning']) {
    const old = holder[field];
    if (typeof old !== 'string' || old === '') continue;
    placed = true;
    edits.push({ pointer: `${at}/${field}`, value: reasoning.text });
  }
  if (Array.isArray(content) && !differs(text)) setParts(edits, `${at}/content`, content, text, reasoning);
  // It stood in the details alone, which do not keep it.
  if (!placed && reasoning.text !== '') edits.push({ pointer: `${at}/reasoning`, value: reasoning.text });
}

/**
 * Takes out seals that some step dropped, and the details that spell changed reasoning out: their signatures are of
 * the old text. @returns whether a seal is left that is not a call's.
 */
function writeSeals(
  { placement, index, edits }: ChoiceWrite,
  holder: JsonObject,
  at: string,
  reasoningDiffers: boolean,
  callsLeft: boolean,
): boolean {
  const details = holder['reasoning_details'];
  const unsealed = new Set<number>();
  let left = false;
  for (const { chunk, kept } of placement.seals(index)) {
    const place = sealPlace(chunk as SealChunk);
    if (kept) left ||= (chunk as SealChunk).of !== 'call';
    else if (place?.field === 'reasoning_details') unsealed.add(place.position);
    else if (place?.field === 'tool_calls') {
      if (callsLeft)
        edits.push({ pointer: `${at}/tool_calls/${place.position}/extra_content`, value: undefined });
    } else if (place?.field === 'extra_content') {
      for (const field of ['extra_content', 'thought_signature']) {
        if (holder[field] !== undefined) edits.push({ pointer: `${at}/${field}`, value: undefined });
      }
    }
  }
  if (Array.isArray(details) && (reasoningDiffers || unsealed.size > 0)) {
    const value = (details as readonly Json[]).flatMap((detail, position) => {
      if (reasoningDiffers && !saysNothing(detail)) return [];
      if (!unsealed.has(position)) return [detail];
      return saysNothing(detail) ? [] : [withoutSeal(detail as JsonObject)];
    });
    edits.push({ pointer: `${at}/reasoning_details`, value });
  }
  return left;
}

function withoutSeal(detail: JsonObject): JsonObject {
  const { signature: _signature, data: _data, ...rest } = detail;
  return rest;
}

/** Writes chunks that had no place in a whole answer's choice: a text for a message without content, more calls. */
export function addToMessage(target: ChoiceWrite, extra: AnswerChoice): void {
  const { choice, edits } = target;
  const at = `${target.pointer}/message`;
  if (extra.text !== '') edits.push({ pointer: `${at}/content`, value: extra.text });
  if (extra.reasoning !== '') edits.push({ pointer: `${at}/reasoning_content`, value: extra.reasoning });
  if (extra.refusal !== '') edits.push({ pointer: `${at}/refusal`, value: extra.refusal });
  const calls = extra.toolCalls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
  const message = choice['message'];
  if (calls.length === 0) return;
  if (isJsonObject(message) && Array.isArray(message['tool_calls'])) {
    for (const call of calls) edits.push({ pointer: `${at}/tool_calls/-`, value: call });
  } else edits.push({ pointer: `${at}/tool_calls`, value: calls });
}

/** Writes tool calls; an entry whose call was dropped is removed. @returns whether a call is left. */
function writeCalls(target: ChoiceWrite, holder: JsonObject, at: string): boolean {
  const calls = target.placement.calls(target.index);
  if (calls.length === 0) return false;
  const { edits } = target;
  const entries = Array.isArray(holder['tool_calls']) ? holder['tool_calls'] : [];
  const kept = calls.some((call) => call.slot.kept);
  if (!kept && entries.length > 0) edits.push({ pointer: `${at}/tool_calls`, value: undefined });
  const written = new Set<Slot>();
  let next = 0;
  for (const [position, entry] of entries.entries()) {
    if (!isJsonObject(entry)) continue;
    const slot = calls[next++]?.slot;
    if (!kept || slot === undefined) continue;
    if (!slot.kept) edits.push({ pointer: `${at}/tool_calls/${position}`, value: undefined });
    else if (slot.text !== slot.original) {
      const field = isJsonObject(entry['function']) ? 'function/arguments' : 'custom/input';
      const value = written.has(slot) ? '' : slot.text;
      edits.push({ pointer: `${at}/tool_calls/${position}/${field}`, value });
    }
    written.add(slot);
  }
  const legacy = isJsonObject(holder['function_call']) ? calls[next]?.slot : undefined;
  if (legacy !== undefined && !legacy.kept) edits.push({ pointer: `${at}/function_call`, value: undefined });
  else if (legacy !== undefined && legacy.text !== legacy.original) {
    edits.push({ pointer: `${at}/function_call/arguments`, value: legacy.text });
  }
  return kept;
}

/** Removes fields that nobody interpreted and that some step dropped. @returns whether any are left. */
function writeOpaque(target: ChoiceWrite, at: string): boolean {
  let left = false;
  for (const { chunk, kept } of target.placement.opaques()) {
    if (chunk.type !== 'opaque' || !isJsonObject(chunk.value) || chunk.value['choice'] !== target.index)
      continue;
    left ||= kept;
    if (kept || !isJsonObject(chunk.value['fields'])) continue;
    for (const name of Object.keys(chunk.value['fields'])) {
      target.edits.push({ pointer: `${at}/${pointerToken(name)}`, value: undefined });
    }
  }
  return left;
}

function setParts(
  edits: JsonEdit[],
  pointer: string,
  parts: readonly Json[],
  text: Slot | undefined,
  reasoning: Slot | undefined,
): void {
  let value: readonly Json[] = parts;
  if (differs(text)) value = replacePartsText(value, 'text', text.text);
  if (differs(reasoning)) value = replacePartsText(value, 'thinking', reasoning.text);
  edits.push({ pointer, value });
}

function differs(slot: Slot | undefined): slot is Slot {
  return slot !== undefined && slot.text !== slot.original;
}

function says(slot: Slot | undefined): boolean {
  return slot?.kept === true && slot.text !== '';
}

/** True for a reasoning detail without text, such as an encrypted one. */
function saysNothing(detail: Json): boolean {
  return isJsonObject(detail) && !detail['text'] && !detail['summary'];
}
