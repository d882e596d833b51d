import type { Block, Conversation, NativeBlock, Turn } from '../../../sdk/conversation.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import { tidyTurns } from '../../../sdk/translate/turns.ts';
import { type Writing, writeBlocks, writeText } from './write-blocks.ts';

/** Dialect of the placeholders that stand for instructions while the turns are put in order. */
const placeholder = '#system';

/** The `messages` of a request: two sides in turn, a turn's tool results first. */
export function writeMessages(writing: Writing, midSystem: boolean): JsonObject[] {
  const { conversation } = writing;
  const turns = tidyTurns(midSystem ? withPlaceholders(conversation) : conversation);
  const messages: { role: string; content: JsonObject[] }[] = [];
  const add = (role: string, content: readonly JsonObject[]) => {
    if (content.length === 0) return;
    const last = messages.at(-1);
    // What was between two turns of one side may have been left out.
    if (last?.role === role) last.content.push(...content);
    else messages.push({ role, content: [...content] });
  };
  for (const { role, blocks } of turns) {
    for (const run of runsOf(blocks)) {
      if (Array.isArray(run)) add(role, writeBlocks(writing, run as Block[], role));
      else add('system', (run as NativeBlock).value['blocks'] as readonly JsonObject[]);
    }
  }
  trimPrefill(messages);
  return messages;
}

/** Instructions in the middle, each as one block of the user that keeps its place. */
function withPlaceholders(conversation: Conversation): Conversation {
  const turns = conversation.turns.map((turn): Turn => {
    if (turn.role !== 'system') return turn;
    const blocks = turn.blocks.flatMap((block) => (block.type === 'text' ? writeText(block) : []));
    const value = { blocks: blocks as Json[] };
    return { role: 'user', blocks: [{ type: 'native', dialect: placeholder, name: 'system', value }] };
  });
  return { ...conversation, turns };
}

/** A turn's blocks, cut at the placeholders. */
function runsOf(blocks: readonly Block[]): (Block[] | NativeBlock)[] {
  const runs: (Block[] | NativeBlock)[] = [];
  let run: Block[] = [];
  for (const block of blocks) {
    if (block.type === 'native' && block.dialect === placeholder) {
      runs.push(run, block);
      run = [];
    } else run.push(block);
  }
  runs.push(run);
  return runs;
}

/** An answer begun by the client must not end with blanks. */
function trimPrefill(messages: { role: string; content: JsonObject[] }[]): void {
  const last = messages.at(-1);
  const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (last === undefined || block === undefined || block['type'] !== 'text') return;
  const text = (block['text'] as string).trimEnd();
  if (text !== '') last.content[last.content.length - 1] = { ...block, text };
  else last.content.pop();
  if (last.content.length === 0) messages.pop();
}
