import type { Block, ToolCallBlock } from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { Seal } from '../../../sdk/seal.ts';
import type { CallIds } from './call-ids.ts';
import { cacheMark, readContent } from './content.ts';
import { thoughtSignature } from './details.ts';
import { readEarlierReasoning } from './earlier-reasoning.ts';

/** A block while seals are still given to it. */
type Sealable = { -readonly [Key in keyof ToolCallBlock]: ToolCallBlock[Key] };

/** The blocks of an assistant's message: reasoning, texts, refusal, calls, in this order. */
export function readAssistant(message: JsonObject, ids: CallIds, home: string, param: string): Block[] {
  ids.begin();
  const calls = readCalls(message, ids, param);
  const reasoning = readEarlierReasoning(message, home);
  for (const call of calls) call.seal ??= reasoning.callSeals.get(call.id);
  const content = readContent(message['content'], `${param}.content`);
  const { refusal, audio } = message;
  if (typeof refusal === 'string' && refusal !== '') content.push({ type: 'refusal', text: refusal });
  if (isJsonObject(audio)) content.push({ type: 'native', dialect: 'chat', name: 'audio', value: audio });

  const signature = thoughtSignature(message['extra_content']);
  const seal: Seal | null = signature === '' ? reasoning.textSeal : { issuer: 'google', value: signature };
  const lastText = content.findLastIndex((block) => block.type === 'text');
  if (seal !== null && lastText >= 0) {
    content[lastText] = { ...(content[lastText] as Block & { type: 'text' }), seal };
  } else if (seal !== null && calls[0] !== undefined) calls[0].seal ??= seal;

  // Thinking among the content parts is the same once more where there are details.
  const rest = reasoning.blocks.length > 0 ? content.filter((block) => block.type !== 'reasoning') : content;
  return [...reasoning.blocks, ...rest, ...calls.map(withoutEmptySeal)];
}

function readCalls(message: JsonObject, ids: CallIds, param: string): Sealable[] {
  const calls: Sealable[] = [];
  const entries = message['tool_calls'];
  for (const [position, entry] of (Array.isArray(entries) ? (entries as readonly Json[]) : []).entries()) {
    if (!isJsonObject(entry)) continue;
    const { id, function: fn, custom } = entry;
    const given = typeof id === 'string' ? id : '';
    const signature = thoughtSignature(entry['extra_content']);
    const holder = isJsonObject(fn) ? fn : isJsonObject(custom) ? custom : {};
    const name = typeof holder['name'] === 'string' ? holder['name'] : '';
    calls.push({
      type: 'tool_call',
      id: ids.of(given, name, param, position),
      name,
      // A freeform tool's input is no JSON, and other providers take nothing else.
      arguments:
        holder === custom ? JSON.stringify({ input: custom['input'] }) : argumentsText(holder['arguments']),
      ...(signature === '' ? undefined : { seal: { issuer: 'google', value: signature } }),
      ...cacheMark(entry),
    });
  }
  const legacy = message['function_call'];
  if (isJsonObject(legacy) && calls.length === 0) {
    const name = typeof legacy['name'] === 'string' ? legacy['name'] : '';
    const id = ids.of('', name, param, 0);
    calls.push({ type: 'tool_call', id, name, arguments: argumentsText(legacy['arguments']) });
  }
  return calls;
}

/** Some clients send arguments as the object that they stand for. */
function argumentsText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function withoutEmptySeal(call: Sealable): ToolCallBlock {
  if (call.seal !== undefined) return call;
  const { seal: _seal, ...rest } = call;
  return rest;
}
