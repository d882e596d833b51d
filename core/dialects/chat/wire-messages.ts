import type { Block, TextBlock, ToolResultBlock, Turn } from '../../../sdk/conversation.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import { callNames, tidyTurns } from '../../../sdk/translate/turns.ts';
import type { Draft } from './draft.ts';
import { assistantMessage, wireCallId } from './wire-assistant.ts';
import { contentOf, documentText, textPart, userPart } from './wire-parts.ts';

/** Marks instructions that stand in the middle of the conversation while its turns are put in order. */
const instruction = 'sluice instruction';

/**
 * The conversation as messages: instructions, then turns by turns, a message for each tool result in front of what else
 * the user says.
 *
 * @param addition an instruction of the gateway's own, after the client's; '' for none.
 * @throws GatewayError 400 for what the chat dialect cannot say, and for results that answer no call.
 */
export function messagesOf(draft: Draft, addition: string): JsonObject[] {
  const { conversation, context } = draft;
  const messages: JsonObject[] = [];
  const system: TextBlock[] = [...conversation.system];
  if (addition !== '') system.push({ type: 'text', text: addition });
  addSystem(system, draft, messages);
  const { turns } = conversation;
  const tidy = tidyTurns({
    ...conversation,
    turns: context.traits.midSystem === false ? turns : turns.map(inPlace),
  });
  const names = callNames(conversation);
  const loop = loopStart(tidy);
  for (const [index, { role, blocks }] of tidy.entries()) {
    if (role === 'user') addUser(blocks, names, draft, messages);
    else {
      const message = assistantMessage(blocks, draft, index > loop);
      if (message !== null) messages.push(message);
    }
  }
  return messages;
}

/** One message: a string, or parts where their cache marks are kept. */
function addSystem(blocks: readonly TextBlock[], draft: Draft, messages: JsonObject[]): void {
  const parts = blocks.map((block) => textPart(block, draft)).filter((part) => part !== null);
  if (parts.length === 0) return;
  const marked = parts.some((part) => part['cache_control'] !== undefined);
  const content: Json = marked ? parts : parts.map((part) => part['text'] as string).join('\n\n');
  messages.push({ role: draft.context.traits.systemRole ?? 'system', content });
}

/** Instructions keep their place: as blocks of the user that are taken out again when messages are written. */
function inPlace(turn: Turn): Turn {
  if (turn.role !== 'system') return turn;
  const blocks = turn.blocks.flatMap((block): Block[] => {
    if (block.type !== 'text') return [];
    const { text, cache } = block;
    const value: JsonObject = cache === undefined ? { text } : { text, ttl: cache.ttl };
    return [{ type: 'native', dialect: instruction, name: 'system', value }];
  });
  return { role: 'user', blocks };
}

/** Index of the last turn in which the user said something: what comes after it is the running tool loop. */
function loopStart(turns: readonly { readonly role: string; readonly blocks: readonly Block[] }[]): number {
  return turns.findLastIndex(
    ({ role, blocks }) =>
      role === 'user' &&
      blocks.some(
        (block) =>
          block.type !== 'tool_result' && !(block.type === 'native' && block.dialect === instruction),
      ),
  );
}

function addUser(
  blocks: readonly Block[],
  names: ReadonlyMap<string, string>,
  draft: Draft,
  messages: JsonObject[],
): void {
  let parts: JsonObject[] = [];
  const flush = () => {
    if (parts.length > 0) messages.push({ role: 'user', content: contentOf(parts) });
    parts = [];
  };
  for (const block of blocks) {
    if (block.type === 'tool_result') {
      messages.push(toolMessage(block, draft, parts, names));
    } else if (block.type === 'native' && block.dialect === instruction) {
      flush();
      const { text, ttl } = block.value;
      const cache = ttl === undefined ? undefined : { cache: { ttl: ttl as string | null } };
      addSystem([{ type: 'text', text: text as string, ...cache }], draft, messages);
    } else {
      const part = userPart(block, draft);
      if (part !== null) parts.push(part);
    }
  }
  flush();
}

/** A tool's message takes texts only: `media` gets the rest, for the user's message after the results. */
function toolMessage(
  result: ToolResultBlock,
  draft: Draft,
  media: JsonObject[],
  names: ReadonlyMap<string, string>,
): JsonObject {
  const { callId, content, isError } = result;
  const id = wireCallId(callId, draft.context.traits);
  const texts: string[] = [];
  const others: JsonObject[] = [];
  let cache = result.cache;
  for (const block of content) {
    if (block.type === 'text') texts.push(block.text);
    else if (block.type === 'document' && block.source.kind === 'text') {
      texts.push(documentText(block.name, block.source.text));
    } else {
      const part = userPart(block, draft);
      if (part !== null) others.push(part);
      continue;
    }
    cache = block.cache ?? cache;
  }
  let text = texts.filter((it) => it !== '').join('\n');
  if (others.length > 0) {
    media.push({ type: 'text', text: `Result of ${names.get(callId) ?? 'the call'} (${id}):` }, ...others);
    text ||= `The result is in the user's next message.`;
  }
  if (isError && !text.startsWith('Error:')) text = text === '' ? 'Error' : `Error: ${text}`;
  const mark = draft.mark(cache);
  const marked = mark !== undefined && text !== '';
  return {
    role: 'tool',
    tool_call_id: id,
    content: marked ? [{ type: 'text', text, ...mark }] : text,
  };
}
