import type { Chunk, SealChunk, ToolCallChunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json } from '../../../sdk/json.ts';
import type { ChoiceState } from '../openai/shape.ts';
import { type ReasoningDetail, readDetail, thoughtSignature } from './details.ts';

/** Where in a delta or message a seal was read: an entry of `reasoning_details`, of `tool_calls`, or the message's own. */
export interface SealPlace {
  readonly field: 'reasoning_details' | 'tool_calls' | 'extra_content';
  readonly position: number;
}

/** Seals are rare and chunks are plain data: their places are kept apart. */
const places = new WeakMap<SealChunk, SealPlace>();

/** Where a seal was read; undefined for one that stands in no event, or in an earlier one. */
export function sealPlace(seal: SealChunk): SealPlace | undefined {
  return places.get(seal);
}

/**
 * Adds the reasoning of a delta or message with its seals. Most providers say the text twice, plain and in the details:
 * the details' own blocks win where they have text, for signatures are of those.
 *
 * @param callSeals takes the seals of tool calls, which come after the calls.
 */
export function readReasoning(
  plain: string,
  details: readonly Json[] | null,
  state: ChoiceState,
  whole: boolean,
  out: Chunk[],
  callSeals: SealChunk[],
): void {
  const choice = state.index;
  const read = details === null ? [] : details.map((detail) => readDetail(detail, state.vendor));
  const detailed = !state.plainReasoning && read.some((detail) => detail !== null && detail.text !== '');
  if (!detailed && plain !== '') {
    out.push({ type: 'reasoning', choice, text: plain });
    state.plainReasoning = true;
  }
  for (const [position, detail] of read.entries()) {
    if (detail === null) continue;
    if (detailed && detail.text !== '') out.push({ type: 'reasoning', choice, text: detail.text });
    if (detail.seal !== null) readSeal(detail, position, state, whole, out, callSeals);
  }
}

function readSeal(
  detail: ReasoningDetail,
  position: number,
  state: ChoiceState,
  whole: boolean,
  out: Chunk[],
  callSeals: SealChunk[],
): void {
  const { id, of } = detail;
  const seal = detail.seal!;
  const own = id === '' ? undefined : { id };
  const call = of === 'reasoning' || id === '' ? undefined : state.calls.indexOf(id);
  const choice = state.index;
  if (call !== undefined) {
    callSeals.push(placed({ type: 'seal', choice, of: 'call', seal, call }, position));
  } else if (!whole && id !== '' && of === 'redacted' && seal.issuer === 'google') {
    // Gemini seals calls, and OpenRouter may tell so before it tells the call.
    state.waiting ??= new Map();
    state.waiting.set(id, { type: 'seal', choice, of, seal, id });
  } else {
    out.push(placed({ type: 'seal', choice, of: of === 'call' ? 'redacted' : of, seal, ...own }, position));
  }
}

/** Adds the seals that stand in the entries of tool calls, and those that waited for their calls. */
export function readCallSeals(
  entries: readonly Json[],
  calls: readonly ToolCallChunk[],
  state: ChoiceState,
  out: SealChunk[],
): void {
  const choice = state.index;
  let next = 0;
  for (const [position, entry] of entries.entries()) {
    if (!isJsonObject(entry)) continue;
    const call = calls[next++]!;
    const value = thoughtSignature(entry['extra_content']);
    if (value !== '') {
      const seal = { issuer: 'google', value };
      const chunk: SealChunk = { type: 'seal', choice, of: 'call', seal, call: call.index };
      places.set(chunk, { field: 'tool_calls', position });
      out.push(chunk);
    }
    const waiting = call.id === undefined ? undefined : state.waiting?.get(call.id);
    if (waiting === undefined) continue;
    state.waiting!.delete(call.id!);
    out.push({ type: 'seal', choice, of: 'call', seal: waiting.seal, call: call.index });
  }
}

/** The seal that stands in a message itself: of its first call where that has none of its own, else of its text. */
export function readMessageSeal(
  value: string,
  firstCall: ToolCallChunk | null,
  state: ChoiceState,
  callSeals: readonly SealChunk[],
): SealChunk {
  const seal = { issuer: 'google', value };
  const choice = state.index;
  const ofCall = firstCall !== null && !callSeals.some(({ call }) => call === firstCall.index);
  const chunk: SealChunk = ofCall
    ? { type: 'seal', choice, of: 'call', seal, call: firstCall.index }
    : { type: 'seal', choice, of: 'text', seal };
  places.set(chunk, { field: 'extra_content', position: 0 });
  return chunk;
}

function placed(chunk: SealChunk, position: number): SealChunk {
  places.set(chunk, { field: 'reasoning_details', position });
  return chunk;
}
