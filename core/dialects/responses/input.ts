import type { Block, TextBlock, ToolCallBlock, Turn } from '../../../sdk/conversation.ts';
import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import { openSeal, type Seal } from '../../../sdk/seal.ts';
import { wrongField } from '../openai/check.ts';
import { customArguments } from './custom-tools.ts';
import { readContent, readOutput } from './input-parts.ts';
import { argumentsText, eachPart } from './read-item.ts';
import { needsState } from './stateful.ts';
import { isMessage, isResult, itemsOf } from './texts.ts';

interface OpenTurn {
  readonly role: 'user' | 'assistant' | 'system';
  readonly blocks: Block[];
  /** True for results of tools, which are collected in one turn. */
  readonly results: boolean;
}

/**
 * Reads `instructions` and `input`. Reasoning, messages and calls of the assistant that follow each other are one turn,
 * and so are the results of its calls.
 *
 * @param home vendor of encrypted reasoning that does not say whose it is.
 * @throws GatewayError 400 for items that refer to stored state, and for what is no item.
 */
export function readInput(
  body: JsonObject,
  home: string,
): { readonly system: readonly TextBlock[]; readonly turns: readonly Turn[] } {
  const system: TextBlock[] = [];
  const { instructions, input } = body;
  if (typeof instructions === 'string' && instructions !== '')
    system.push({ type: 'text', text: instructions });
  if (typeof input === 'string') {
    return { system, turns: [{ role: 'user', blocks: [{ type: 'text', text: input }] }] };
  }
  const reader = new InputReader(home);
  for (const [index, item] of itemsOf(body).entries()) reader.read(item, `input[${index}]`);
  const turns = reader.finish();
  const first = turns.findIndex((turn) => turn.role !== 'system');
  const leading = turns.slice(0, first === -1 ? turns.length : first);
  for (const { blocks } of leading) {
    for (const block of blocks) if (block.type === 'text') system.push(block);
  }
  return { system, turns: turns.slice(leading.length) };
}

class InputReader {
  readonly #home: string;
  readonly #turns: OpenTurn[] = [];
  /** A seal that belongs to the next call of the assistant. */
  #callSeal: Seal | null = null;

  constructor(home: string) {
    this.#home = home;
  }

  finish(): readonly Turn[] {
    this.#placeCallSeal();
    return this.#turns
      .filter(({ blocks }) => blocks.length > 0)
      .map(({ role, blocks }) => ({ role, blocks }));
  }

  read(item: JsonObject, param: string): void {
    const { type } = item;
    if (isMessage(item)) return this.#message(item, param);
    switch (type) {
      case 'function_call':
      case 'custom_tool_call':
        return this.#call(item, param);
      case 'function_call_output':
      case 'custom_tool_call_output':
        return this.#result(item, param);
      case 'reasoning':
        return this.#reasoning(item);
      case 'item_reference':
      case undefined:
        throw type === undefined && typeof item['id'] !== 'string'
          ? wrongField(`${param}.type`, 'the type of an item', type)
          : needsState(param, 'item_reference');
      default: {
        const role = isResult(type) ? 'user' : 'assistant';
        this.#turn(role, role === 'user').blocks.push({
          type: 'native',
          dialect: 'responses',
          name: String(type),
          value: item,
        });
      }
    }
  }

  #message(item: JsonObject, param: string): void {
    const { role, content } = item;
    if (role === 'assistant') {
      this.#turn('assistant', false).blocks.push(...readContent(content, 'assistant', `${param}.content`));
      return;
    }
    const system = role === 'system' || role === 'developer';
    if (!system && role !== 'user') {
      throw wrongField(`${param}.role`, 'one of user, assistant, system, developer', role);
    }
    const blocks = readContent(content, system ? 'system' : 'user', `${param}.content`);
    this.#placeCallSeal();
    this.#turns.push({ role: system ? 'system' : 'user', blocks: [...blocks], results: false });
  }

  #call(item: JsonObject, param: string): void {
    const { call_id: id, name } = item;
    if (typeof id !== 'string' || id === '') throw wrongField(`${param}.call_id`, 'the id of the call', id);
    if (typeof name !== 'string' || name === '')
      throw wrongField(`${param}.name`, 'the name of a tool', name);
    const custom = item['type'] === 'custom_tool_call';
    const text = argumentsText(item[custom ? 'input' : 'arguments']);
    const seal = this.#callSeal;
    this.#callSeal = null;
    this.#turn('assistant', false).blocks.push({
      type: 'tool_call',
      id,
      name,
      arguments: custom ? customArguments(text) : text,
      ...(seal === null ? undefined : { seal }),
    });
  }

  #result(item: JsonObject, param: string): void {
    const { call_id: id, output } = item;
    if (typeof id !== 'string' || id === '') throw wrongField(`${param}.call_id`, 'the id of a call', id);
    const content = readOutput(output, `${param}.output`);
    this.#turn('user', true).blocks.push({ type: 'tool_result', callId: id, content, isError: false });
  }

  #reasoning(item: JsonObject): void {
    const { encrypted_content: value, id } = item;
    const text = reasoningText(item);
    const { blocks } = this.#turn('assistant', false);
    const own = typeof id === 'string' && id !== '' ? { id } : undefined;
    if (typeof value !== 'string' || value === '') {
      // Without either it names what only the provider has stored.
      if (text !== '') blocks.push({ type: 'reasoning', text, ...own });
      return;
    }
    const opened = openSeal(value);
    const seal = opened?.seal ?? { issuer: this.#home, value };
    const of = opened?.of ?? 'redacted';
    if (of === 'call') {
      this.#placeCallSeal();
      this.#callSeal = seal;
    } else if (of === 'text') sealText(blocks, seal);
    else
      blocks.push({
        type: 'reasoning',
        text,
        seal,
        ...(of === 'redacted' ? { redacted: true } : undefined),
        ...own,
      });
  }

  /** A seal that no call follows belongs to the last call before it that has none. */
  #placeCallSeal(): void {
    const seal = this.#callSeal;
    this.#callSeal = null;
    const last = this.#turns.at(-1);
    if (seal === null || last?.role !== 'assistant') return;
    const at = last.blocks.findLastIndex((block) => block.type === 'tool_call' && block.seal === undefined);
    if (at !== -1) last.blocks[at] = { ...(last.blocks[at] as ToolCallBlock), seal };
  }

  #turn(role: 'user' | 'assistant', results: boolean): OpenTurn {
    const last = this.#turns.at(-1);
    if (last?.role === role && last.results === results) return last;
    if (role === 'user') this.#placeCallSeal();
    const turn: OpenTurn = { role, blocks: [], results };
    this.#turns.push(turn);
    return turn;
  }
}

/** A seal of a text belongs to the last one, or stands at the end without any. */
function sealText(blocks: Block[], seal: Seal): void {
  const last = blocks.at(-1);
  if (last?.type === 'text' && last.seal === undefined) blocks[blocks.length - 1] = { ...last, seal };
  else blocks.push({ type: 'text', text: '', seal });
}

/** The summary, or the reasoning itself where there is no summary. Parts are a blank line apart. */
function reasoningText(item: JsonObject): string {
  for (const field of ['summary', 'content'] as const) {
    const texts: string[] = [];
    if (!isJsonObject(item[field])) {
      eachPart(item[field], (part) => {
        if (typeof part['text'] === 'string' && part['text'] !== '') texts.push(part['text']);
      });
    }
    if (texts.length > 0) return texts.join('\n\n');
  }
  return '';
}
