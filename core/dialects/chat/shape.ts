import type { Chunk, SealChunk, ToolCallChunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { ChoiceShape, ChoiceState } from '../openai/shape.ts';
import { readCallSeals, readMessageSeal, readReasoning } from './answer-seals.ts';
import { thoughtSignature } from './details.ts';
import { ChatEvents } from './events.ts';
import { partsText } from './parts.ts';
import { wholeChoice } from './whole.ts';
import { addToMessage, writeMessage } from './write.ts';

/** Choices of chat completions: `delta` in events, `message` in whole answers. */
export const chatShape: ChoiceShape = {
  eventObject: 'chat.completion.chunk',
  wholeObject: 'chat.completion',
  idPrefix: 'chatcmpl-',
  read: readChoice,
  write: writeMessage,
  add: addToMessage,
  events: (index, identity) => new ChatEvents(index, identity),
  wholeChoice,
};

function readChoice(choice: JsonObject, state: ChoiceState, whole: boolean, out: Chunk[]): void {
  const holder = choice[whole ? 'message' : 'delta'];
  // Azure's asynchronous filter sends choices without a delta.
  if (!isJsonObject(holder)) return;
  let text = '';
  let reasoning = '';
  let refusal = '';
  let details: readonly Json[] | null = null;
  let entries: readonly Json[] | null = null;
  let legacyCall: JsonObject | null = null;
  let signature = '';
  let unknown: string[] | null = null;
  for (const name in holder) {
    const value = holder[name];
    // Deltas are full of empty fields.
    if (value === null || value === undefined || value === '') continue;
    switch (name) {
      case 'content':
        if (typeof value === 'string') text = value;
        else if (Array.isArray(value)) {
          text = partsText(value, 'text');
          reasoning ||= partsText(value, 'thinking');
        }
        break;
      case 'reasoning_content':
      case 'reasoning':
        if (typeof value === 'string') reasoning ||= value;
        break;
      case 'refusal':
        if (typeof value === 'string') refusal = value;
        break;
      case 'tool_calls':
        if (Array.isArray(value)) entries = value;
        break;
      case 'function_call':
        if (isJsonObject(value)) legacyCall = value;
        break;
      case 'role':
        state.role = true;
        break;
      case 'reasoning_details':
        if (Array.isArray(value) && value.length > 0) details = value;
        break;
      default:
        if (Array.isArray(value) && value.length === 0) break;
        if (name === 'extra_content') signature = thoughtSignature(value);
        if (name === 'extra_content' && signature !== '') break;
        unknown ??= [];
        unknown.push(name);
    }
  }
  const index = state.index;
  // Most deltas are a piece of text and nothing else.
  const plain = details === null && entries === null && legacyCall === null && signature === '';
  if (plain && reasoning !== '') {
    state.plainReasoning = true;
    out.push({ type: 'reasoning', choice: index, text: reasoning });
  }
  const calls = plain ? noCalls : readCalls(entries, legacyCall, state, whole);
  const callSeals: SealChunk[] | null = plain ? null : [];
  if (callSeals !== null) readReasoning(reasoning, details, state, whole, out, callSeals);
  if (text !== '') out.push({ type: 'text', choice: index, text });
  if (refusal !== '') out.push({ type: 'refusal', choice: index, text: refusal });
  if (callSeals !== null) {
    out.push(...calls);
    if (entries !== null) readCallSeals(entries, calls, state, callSeals);
    if (signature !== '') callSeals.push(readMessageSeal(signature, calls[0] ?? null, state, callSeals));
    out.push(...callSeals);
  }
  for (const name of unknown ?? []) {
    // Gemini's compatible endpoint says the signature of `extra_content` here again.
    if (signature !== '' && holder[name] === signature) continue;
    out.push({ type: 'opaque', name, value: { choice: index, fields: { [name]: holder[name] as Json } } });
  }
}

const noCalls: readonly ToolCallChunk[] = Object.freeze([]);

function readCalls(
  entries: readonly Json[] | null,
  legacyCall: JsonObject | null,
  state: ChoiceState,
  whole: boolean,
): readonly ToolCallChunk[] {
  if (entries === null && legacyCall === null) return noCalls;
  const calls: ToolCallChunk[] = [];
  for (const [position, entry] of (entries ?? []).entries()) {
    if (isJsonObject(entry)) calls.push(state.calls.read(entry, state.index, whole ? position : null));
  }
  if (legacyCall !== null) calls.push(state.calls.readLegacy(legacyCall, state.index));
  return calls;
}
