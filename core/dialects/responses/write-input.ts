import type { Block, Conversation, ToolResultBlock, Turn } from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import { fitId } from '../../../sdk/translate/ids.ts';
import type { ToolNames } from '../../../sdk/translate/tool-names.ts';
import { systemAsUser } from '../../../sdk/translate/turns.ts';
import type { WireContext } from '../../../sdk/wire.ts';
import { contentPart, outputJson, type PartContext } from './write-parts.ts';

/**
 * Writes `instructions` and `input`. Ids of items are left out: with `store: false` the provider knows none.
 *
 * @throws GatewayError 400 for blocks that this dialect has no place for, and for results of no call.
 */
export function writeInput(
  conversation: Conversation,
  context: WireContext,
  names: ToolNames,
  dropped: Set<string>,
): JsonObject {
  const { system, turns, tools } = conversation;
  if ([...system, ...tools].some(({ cache }) => cache !== undefined)) dropped.add(markName(conversation));
  const texts = system.map(({ text }) => text).filter((text) => text !== '');
  const writer = new InputWriter(conversation, context, names, dropped);
  for (const turn of turns) writer.turn(turn);
  const input = writer.items;
  if (input.length > 0)
    return { ...(texts.length === 0 ? undefined : { instructions: texts.join('\n\n') }), input };
  // An input is demanded, even where there are instructions.
  return { input: texts.map((text) => ({ role: context.traits.systemRole ?? 'system', content: text })) };
}

class InputWriter {
  readonly items: JsonObject[] = [];
  readonly #conversation: Conversation;
  readonly #context: WireContext;
  readonly #names: ToolNames;
  readonly #dropped: Set<string>;
  readonly #answered: ReadonlySet<string>;
  readonly #called = new Set<string>();
  readonly #parts: PartContext;

  constructor(conversation: Conversation, context: WireContext, names: ToolNames, dropped: Set<string>) {
    this.#conversation = conversation;
    this.#context = context;
    this.#names = names;
    this.#dropped = dropped;
    this.#parts = { dialect: conversation.dialect, cacheMarks: context.traits.cacheMarks === true };
    const blocks = conversation.turns.flatMap((turn) => turn.blocks);
    this.#answered = new Set(blocks.flatMap((block) => (block.type === 'tool_result' ? [block.callId] : [])));
  }

  turn({ role, blocks }: Turn): void {
    if (role === 'system') this.#system(blocks);
    else if (role === 'user') this.#user(blocks);
    else this.#assistant(blocks);
  }

  #system(blocks: readonly Block[]): void {
    const { midSystem, systemRole } = this.#context.traits;
    const text = blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n\n');
    if (text === '') return;
    if (midSystem === false) this.items.push({ role: 'user', content: systemAsUser(text) });
    else this.items.push({ role: systemRole ?? 'system', content: text });
  }

  #user(blocks: readonly Block[]): void {
    let content: JsonObject[] = [];
    const flush = () => {
      if (content.length > 0) this.items.push({ role: 'user', content });
      content = [];
    };
    for (const block of blocks) {
      this.#noteCache(block, block.type !== 'tool_result');
      if (block.type === 'tool_result') {
        flush();
        this.#result(block);
      } else if (block.type === 'native') {
        flush();
        this.items.push(this.#native(block));
      } else content.push(contentPart(block, this.#parts));
    }
    flush();
  }

  #result(block: ToolResultBlock): void {
    const { callId, content } = block;
    if (!this.#called.has(callId)) {
      throw new GatewayError(
        'invalid_request',
        `A tool result answers ${JSON.stringify(callId.slice(0, 64))}, but no call before it has this id. Send each result after the turn that made the call.`,
        { param: this.#conversation.dialect === 'responses' ? 'input' : 'messages' },
      );
    }
    for (const part of content) this.#noteCache(part, true);
    const output = outputJson(block, this.#parts);
    this.items.push({ type: 'function_call_output', call_id: wireCallId(callId), output });
  }

  #assistant(blocks: readonly Block[]): void {
    let content: JsonObject[] = [];
    const flush = () => {
      if (content.length > 0) this.items.push({ type: 'message', role: 'assistant', content });
      content = [];
    };
    const open: string[] = [];
    const last = blocks.findLastIndex((block) => saysSomething(block));
    for (const [index, block] of blocks.entries()) {
      // Only what the user says can carry marks.
      this.#noteCache(block, false);
      switch (block.type) {
        case 'text':
          if (block.text !== '') content.push({ type: 'output_text', text: block.text });
          break;
        case 'refusal':
          if (block.text !== '') content.push({ type: 'refusal', refusal: block.text });
          break;
        case 'reasoning': {
          flush();
          const item = this.#reasoning(block);
          // "Item of type 'reasoning' was provided without its required following item."
          if (item !== null && index < last) this.items.push(item);
          else this.#dropped.add('reasoning');
          break;
        }
        case 'tool_call': {
          flush();
          this.#called.add(block.id);
          if (!this.#answered.has(block.id)) open.push(block.id);
          this.items.push({
            type: 'function_call',
            call_id: wireCallId(block.id),
            name: this.#names.of(block.name),
            arguments: block.arguments === '' ? '{}' : block.arguments,
          });
          break;
        }
        case 'native':
          flush();
          this.items.push(this.#native(block));
          break;
        default:
          throw this.#refuse(block.type);
      }
    }
    flush();
    // A call that was never carried out: the provider wants a result of every one.
    for (const id of open) {
      const output = 'This call was not carried out; there is no result.';
      this.items.push({ type: 'function_call_output', call_id: wireCallId(id), output });
    }
  }

  /** Reasoning goes back to whoever encrypted it, and to nobody else. */
  #reasoning({ text, seal, redacted }: Extract<Block, { type: 'reasoning' }>): JsonObject | null {
    const { target, traits } = this.#context;
    if (seal === undefined || redacted !== true || seal.issuer !== target.vendor) return null;
    if (traits.reasoning === 'none') return null;
    const summary: readonly Json[] = text === '' ? [] : [{ type: 'summary_text', text }];
    return { type: 'reasoning', summary, encrypted_content: seal.value };
  }

  #native(block: Extract<Block, { type: 'native' }>): JsonObject {
    if (block.dialect === 'responses') return block.value;
    throw this.#refuse(block.name);
  }

  #refuse(name: string): GatewayError {
    const param = this.#conversation.dialect === 'responses' ? 'input' : 'messages';
    return new GatewayError(
      'unsupported_parameter',
      `${param}: this model's provider has nothing like ${JSON.stringify(name.slice(0, 64))}. Leave it out or use another model.`,
      { param },
    );
  }

  #noteCache(block: Block, carried: boolean): void {
    if (!('cache' in block) || block.cache === undefined) return;
    if (!carried || !this.#parts.cacheMarks) this.#dropped.add(markName(this.#conversation));
  }
}

/** True for a block that becomes an item, or a part of one, which reasoning may stand before. */
function saysSomething(block: Block): boolean {
  if (block.type === 'tool_call' || block.type === 'native') return true;
  return (block.type === 'text' || block.type === 'refusal') && block.text !== '';
}

/** What clients call the mark of a prompt that is to be cached. */
function markName({ dialect }: Conversation): string {
  return dialect === 'responses' ? 'prompt_cache_breakpoint' : 'cache_control';
}

function wireCallId(id: string): string {
  return fitId(id, /^.{1,64}$/s, 'call_', 40);
}
