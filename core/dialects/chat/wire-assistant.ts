import type { Block, ReasoningBlock, ToolCallBlock } from '../../../sdk/conversation.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { ModelTraits } from '../../../sdk/traits.ts';
import { fitId } from '../../../sdk/translate/ids.ts';
import { blockDetails, callDetail, extraContent, hasFormat } from './details.ts';
import type { Draft } from './draft.ts';
import { contentOf, textPart } from './wire-parts.ts';

/** An id in the form that the server takes; results are mapped the same way. */
export function wireCallId(id: string, { callIds }: ModelTraits): string {
  if (callIds === 'mistral') return fitId(id, /^[a-zA-Z0-9]{9}$/, '', 9);
  return fitId(id, /^[\x21-\x7e]{1,40}$/, 'call_', 40);
}

/**
 * The message of an assistant's turn; null where nothing of it can be said.
 *
 * @param inLoop the turn belongs to the tool loop that is running: servers that want reasoning back as plain text want
 *   it here and nowhere else.
 */
export function assistantMessage(blocks: readonly Block[], draft: Draft, inLoop: boolean): JsonObject | null {
  const parts: JsonObject[] = [];
  const calls: JsonObject[] = [];
  const details: JsonObject[] = [];
  const plain: string[] = [];
  let audio: JsonObject | null = null;
  let extra: JsonObject | undefined;
  for (const block of blocks) {
    if (block.type === 'text') {
      const part = textPart(block, draft);
      if (part !== null) parts.push(part);
      if (block.seal?.issuer === 'google' && takesExtraContent(draft)) {
        extra = { extra_content: extraContent(block.seal.value) };
      }
    } else if (block.type === 'refusal') {
      // Strict servers know no `refusal`; to a model it is what was said.
      if (block.text !== '') parts.push({ type: 'text', text: block.text });
    } else if (block.type === 'tool_call') calls.push(callEntry(block, draft, details));
    else if (block.type === 'reasoning') replay(block, draft, inLoop, details, plain);
    else if (block.type === 'native' && block.dialect === 'chat' && block.name === 'audio')
      audio = block.value;
    else if (block.type === 'native' && block.dialect === 'chat') parts.push(block.value);
    else if (block.type === 'native') draft.drop(block.name);
    else draft.drop(block.type);
  }
  if (parts.length + calls.length + details.length === 0 && audio === null) return null;
  const silent: Json = calls.length > 0 || audio !== null ? null : '';
  const own = draft.context.target.vendor;
  return {
    role: 'assistant',
    content: parts.length === 0 ? silent : joined(parts),
    ...(plain.length === 0 ? undefined : { reasoning_content: plain.join('\n') }),
    ...(details.length === 0
      ? undefined
      : { reasoning_details: hasFormat(own) ? details : details.map(withoutFormat) }),
    ...(calls.length === 0 ? undefined : { tool_calls: calls }),
    ...(audio === null ? undefined : { audio }),
    ...extra,
  };
}

/** One string, as answers are: servers that take parts from users do not all take them from assistants. */
function joined(parts: readonly JsonObject[]): Json {
  const plain = parts.every((part) => part['type'] === 'text' && part['cache_control'] === undefined);
  return plain ? parts.map((part) => part['text'] as string).join('') : contentOf(parts);
}

function callEntry(call: ToolCallBlock, draft: Draft, details: JsonObject[]): JsonObject {
  const { seal } = call;
  const id = wireCallId(call.id, draft.context.traits);
  const entry = {
    id,
    type: 'function',
    function: {
      name: draft.names.of(call.name),
      arguments: call.arguments.trim() === '' ? '{}' : call.arguments,
    },
    ...draft.mark(call.cache),
  };
  if (seal === undefined || seal.issuer !== draft.context.target.vendor) return entry;
  if (draft.context.traits.reasoningReplay === 'reasoning_details') {
    details.push(callDetail(seal, id, details.length));
  } else if (seal.issuer === 'google' && takesExtraContent(draft)) {
    return { ...entry, extra_content: extraContent(seal.value) };
  }
  return entry;
}

/** Google's compatible endpoint has its own place for signatures, and Gemini 3 refuses calls without them. */
function takesExtraContent({ context }: Draft): boolean {
  return context.target.vendor === 'google' && context.traits.reasoningReplay === undefined;
}

/** Hands reasoning back the way the server wants it, or not at all: nobody is sent what another vendor sealed. */
function replay(
  block: ReasoningBlock,
  draft: Draft,
  inLoop: boolean,
  details: JsonObject[],
  plain: string[],
): void {
  const { text, seal, redacted, id } = block;
  const { traits, target } = draft.context;
  const own = seal !== undefined && seal.issuer === target.vendor;
  if (traits.reasoningReplay === 'reasoning_details' && own) {
    details.push(...blockDetails({ text, seal, redacted: redacted === true, id }, details.length));
  } else if (traits.reasoningReplay === 'reasoning_content' && (own || seal === undefined) && text !== '') {
    // Earlier turns' reasoning is not wanted back by those servers: leaving it out loses nothing.
    if (inLoop) plain.push(text);
  } else draft.dropReasoning();
}

/** The gateway's own names of formats mean nothing to providers. */
function withoutFormat({ format: _format, ...detail }: JsonObject): JsonObject {
  return detail;
}
