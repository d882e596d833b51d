import type { Block, Conversation, ToolCallBlock, ToolResultBlock, Turn } from '../conversation.ts';
import { GatewayError } from '../errors.ts';

/** Two sides only, one after the other. */
export interface TidyTurn {
  readonly role: 'user' | 'assistant';
  readonly blocks: readonly Block[];
}

/**
 * The turns as strict providers want them: user and assistant in alternation, all results of a turn's calls at the
 * start of the next turn, in the order of the calls. Instructions in the middle of the conversation become texts of the
 * user, marked as such: hoisting them would change their place and spoil the provider's prompt cache. A call without a
 * result (the user stopped it) gets one that says so.
 *
 * @throws GatewayError 400 for a result that answers no call.
 */
export function tidyTurns(conversation: Conversation): TidyTurn[] {
  const merged = mergeRoles(conversation.turns);
  const tidy: TidyTurn[] = [];
  for (const [index, turn] of merged.entries()) {
    if (turn.role === 'assistant') {
      tidy.push(turn);
      if (callsOf(turn).length > 0 && merged[index + 1] === undefined) {
        tidy.push({ role: 'user', blocks: resultsFor(callsOf(turn), []) });
      }
      continue;
    }
    const before = merged[index - 1];
    const calls = before === undefined ? [] : callsOf(before);
    const results = turn.blocks.filter((block) => block.type === 'tool_result');
    if (calls.length === 0 && results.length === 0) {
      tidy.push(turn);
      continue;
    }
    const rest = turn.blocks.filter((block) => block.type !== 'tool_result');
    tidy.push({ role: 'user', blocks: [...resultsFor(calls, results), ...rest] });
  }
  return tidy;
}

/** Texts of instructions in the middle of a conversation, for providers that have no place for them there. */
export function systemAsUser(text: string): string {
  return `<system>\n${text}\n</system>`;
}

/** Names of the functions by the ids of their calls, over the whole conversation. */
export function callNames({ turns }: Conversation): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const turn of turns) {
    for (const block of turn.blocks) if (block.type === 'tool_call') names.set(block.id, block.name);
  }
  return names;
}

function mergeRoles(turns: readonly Turn[]): TidyTurn[] {
  const merged: { role: 'user' | 'assistant'; blocks: Block[] }[] = [];
  for (const turn of turns) {
    const role = turn.role === 'system' ? 'user' : turn.role;
    const blocks: Block[] =
      turn.role !== 'system'
        ? [...turn.blocks]
        : turn.blocks.map((block) =>
            block.type === 'text' ? { ...block, text: systemAsUser(block.text) } : block,
          );
    if (blocks.length === 0) continue;
    const last = merged.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else merged.push({ role, blocks });
  }
  return merged;
}

function callsOf(turn: TidyTurn): ToolCallBlock[] {
  return turn.blocks.filter((block) => block.type === 'tool_call');
}

function resultsFor(calls: readonly ToolCallBlock[], results: readonly ToolResultBlock[]): ToolResultBlock[] {
  const left = [...results];
  const ordered = calls.map((call) => {
    // Some models give several calls one id: the first result is the first call's.
    const index = left.findIndex((result) => result.callId === call.id);
    return index < 0 ? noResult(call.id) : left.splice(index, 1)[0]!;
  });
  const ids = new Set(calls.map((call) => call.id));
  for (const { callId: orphan } of left) {
    // A second result for one call says the same again: clients that retry send it.
    if (ids.has(orphan)) continue;
    throw new GatewayError(
      'invalid_request',
      `A tool result answers ${JSON.stringify(orphan.slice(0, 64))}, but the turn before it has no such call. Send each result right after the turn that made the call.`,
      { param: 'messages' },
    );
  }
  return ordered;
}

function noResult(callId: string): ToolResultBlock {
  const text = 'This call was not carried out; there is no result.';
  return { type: 'tool_result', callId, content: [{ type: 'text', text }], isError: true };
}
