import type { Block, TextBlock, ToolResultBlock, Turn } from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { wrongField } from '../openai/check.ts';
import { readAssistant } from './assistant.ts';
import { CallIds } from './call-ids.ts';
import { type ContentBlock, cacheMark, readContent } from './content.ts';

/** What `messages` says. */
export interface ReadMessages {
  readonly system: readonly TextBlock[];
  readonly turns: readonly Turn[];
  /** The first `name` of a participant, which conversations have no place for; '' where there is none. */
  readonly name: string;
}

/** @param home vendor of reasoning whose format names none. */
export function readMessages(messages: Json | undefined, home: string): ReadMessages {
  if (!Array.isArray(messages)) throw wrongField('messages', 'a non-empty array of messages', messages);
  const system: TextBlock[] = [];
  const turns: Turn[] = [];
  const ids = new CallIds();
  let results: Block[] | null = null;
  let begun = false;
  let name = '';
  const add = (role: Turn['role'], blocks: readonly Block[]) => {
    if (blocks.length > 0) turns.push({ role, blocks });
  };
  for (const [index, message] of (messages as readonly Json[]).entries()) {
    const param = `messages[${index}]`;
    if (!isJsonObject(message)) throw wrongField(param, 'an object with role and content', message);
    const { role } = message;
    if (role === 'tool' || role === 'function') {
      begun = true;
      // Results that follow each other answer one turn.
      if (results === null) {
        results = [];
        turns.push({ role: 'user', blocks: results });
      }
      results.push(toolResult(message, ids, param));
      continue;
    }
    results = null;
    if (role === 'system' || role === 'developer') {
      const blocks = texts(message, param);
      if (begun) add('system', blocks);
      else system.push(...blocks);
    } else if (role === 'user') {
      begun = true;
      add('user', markLast(readContent(message['content'], `${param}.content`), message));
      name ||= typeof message['name'] === 'string' ? message['name'] : '';
    } else if (role === 'assistant') {
      begun = true;
      add('assistant', markLast(readAssistant(message, ids, home, param), message));
    } else {
      throw wrongField(`${param}.role`, 'one of system, developer, user, assistant, tool, function', role);
    }
  }
  return { system, turns, name };
}

function toolResult(message: JsonObject, ids: CallIds, param: string): ToolResultBlock {
  const { tool_call_id: id, name } = message;
  const content = readContent(message['content'], `${param}.content`).map((block) => {
    if (block.type === 'text' || block.type === 'image' || block.type === 'document') return block;
    throw wrongField(`${param}.content`, 'texts, images and files', block.type);
  });
  const fn = typeof name === 'string' ? name : '';
  const callId = typeof id === 'string' && id !== '' ? ids.answered(id) : ids.next(fn, param);
  return { type: 'tool_result', callId, content, isError: false, ...cacheMark(message) };
}

function texts(message: JsonObject, param: string): TextBlock[] {
  const blocks = readContent(message['content'], `${param}.content`).map((block) => {
    if (block.type === 'text') return block;
    throw wrongField(`${param}.content`, 'texts', block.type);
  });
  return markLast(blocks, message) as TextBlock[];
}

/** A message's own cache mark is that of its last block. */
function markLast<B extends Block | ContentBlock>(blocks: readonly B[], message: JsonObject): readonly B[] {
  const mark = cacheMark(message);
  const last = blocks.at(-1);
  if (mark === undefined || last === undefined) return blocks;
  if (
    last.type !== 'text' &&
    last.type !== 'image' &&
    last.type !== 'document' &&
    last.type !== 'tool_call'
  ) {
    return blocks;
  }
  return [...blocks.slice(0, -1), { ...last, ...mark }];
}
