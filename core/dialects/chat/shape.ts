import type { AnswerChoice, Chunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { ChoiceShape, ChoiceState } from '../openai/shape.ts';
import { partsText } from './parts.ts';
import { addToMessage, writeMessage } from './write.ts';

/** Choices of chat completions: `delta` in events, `message` in whole answers. */
export const chatShape: ChoiceShape = {
  eventObject: 'chat.completion.chunk',
  wholeObject: 'chat.completion',
  idPrefix: 'chatcmpl-',
  read: readChoice,
  write: writeMessage,
  add: addToMessage,
  eventChoice,
  wholeChoice,
};

function readChoice(choice: JsonObject, state: ChoiceState, whole: boolean, out: Chunk[]): void {
  const holder = choice[whole ? 'message' : 'delta'];
  // Azure's asynchronous filter sends choices without a delta.
  if (!isJsonObject(holder)) return;
  let text = '';
  let reasoning = '';
  let refusal = '';
  let calls: readonly Json[] | null = null;
  let legacyCall: JsonObject | null = null;
  let unknown: Record<string, Json> | null = null;
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
        if (Array.isArray(value)) calls = value;
        break;
      case 'function_call':
        if (isJsonObject(value)) legacyCall = value;
        break;
      case 'role':
        state.role = true;
        break;
      // Says the reasoning again, with signatures; it goes where the event goes.
      case 'reasoning_details':
        break;
      default:
        if (Array.isArray(value) && value.length === 0) break;
        unknown ??= Object.create(null) as Record<string, Json>;
        unknown[name] = value;
    }
  }
  const index = state.index;
  if (reasoning !== '') out.push({ type: 'reasoning', choice: index, text: reasoning });
  if (text !== '') out.push({ type: 'text', choice: index, text });
  if (refusal !== '') out.push({ type: 'refusal', choice: index, text: refusal });
  if (calls !== null) {
    for (const [position, entry] of calls.entries()) {
      if (isJsonObject(entry)) out.push(state.calls.read(entry, index, whole ? position : null));
    }
  }
  if (legacyCall !== null) out.push(state.calls.readLegacy(legacyCall, index));
  if (unknown !== null) out.push({ type: 'opaque', value: { choice: index, fields: { ...unknown } } });
}

function eventChoice(chunk: Chunk, first: boolean, id: string): JsonObject | null {
  const delta = eventDelta(chunk, id);
  if (delta === null) return null;
  const choice = chunk.type === 'opaque' ? opaqueChoice(chunk.value) : (chunk as { choice: number }).choice;
  return {
    index: choice,
    delta: first
      ? { role: 'assistant', ...(chunk.type === 'finish' ? { content: '' } : undefined), ...delta }
      : delta,
    logprobs: null,
    finish_reason: chunk.type === 'finish' ? chunk.reason : null,
  };
}

function eventDelta(chunk: Chunk, id: string): JsonObject | null {
  switch (chunk.type) {
    case 'text':
      return { content: chunk.text };
    case 'reasoning':
      return { reasoning_content: chunk.text };
    case 'refusal':
      return { refusal: chunk.text };
    case 'tool_call': {
      const begins = chunk.id !== undefined || chunk.name !== undefined;
      if (!begins) return { tool_calls: [{ index: chunk.index, function: { arguments: chunk.arguments } }] };
      const fn = {
        ...(chunk.name === undefined ? undefined : { name: chunk.name }),
        arguments: chunk.arguments,
      };
      const callId = chunk.id ?? callIdOf(id, chunk.choice, chunk.index);
      return { tool_calls: [{ index: chunk.index, id: callId, type: 'function', function: fn }] };
    }
    case 'finish':
      return {};
    case 'opaque':
      return isJsonObject(chunk.value) && isJsonObject(chunk.value['fields']) ? chunk.value['fields'] : null;
    default:
      return null;
  }
}

function opaqueChoice(value: Json): number {
  const choice = isJsonObject(value) ? value['choice'] : undefined;
  return typeof choice === 'number' ? choice : 0;
}

function wholeChoice(choice: AnswerChoice, index: number, id: string): JsonObject {
  const calls = choice.toolCalls.map((call, position) => ({
    id: call.id === '' ? callIdOf(id, index, position) : call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
  const silent = choice.text === '' && (calls.length > 0 || choice.refusal !== '');
  return {
    index,
    message: {
      role: 'assistant',
      content: silent ? null : choice.text,
      refusal: choice.refusal === '' ? null : choice.refusal,
      ...(choice.reasoning === '' ? undefined : { reasoning_content: choice.reasoning }),
      ...(calls.length === 0 ? undefined : { tool_calls: calls }),
    },
    logprobs: null,
    finish_reason: choice.finish ?? (calls.length > 0 ? 'tool_calls' : 'stop'),
  };
}

/** An id for a call that came without one: the same for every delta of it, at most 40 characters as OpenAI takes. */
export function callIdOf(answerId: string, choice: number, index: number): string {
  return `call_${answerId.replace(/[^a-zA-Z0-9]/g, '').slice(-24)}_${choice}_${index}`;
}
