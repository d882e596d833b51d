import type { GeminiSettings } from '../../../../plugins/providers/gemini/encoding.ts';
import { createGeminiWire } from '../../../../plugins/providers/gemini/wire.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import type {
  Block,
  Conversation,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../../../../sdk/conversation.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import type { Target } from '../../../../sdk/target.ts';
import { emptyConversation } from '../../../../sdk/testing/conversation.ts';
import type { Encoded, WireContext } from '../../../../sdk/wire.ts';

/** What a list of chunks comes to. */
export interface Told {
  text: string;
  reasoning: string;
  calls: { id: string; name: string; arguments: string; choice: number; index: number }[];
  seals: { of: string; call?: number; value: string; issuer: string }[];
  finish: Record<number, string>;
  usage: JsonObject | null;
  opaque: (string | undefined)[];
}

export function told(chunks: readonly Chunk[]): Told {
  const result: Told = {
    text: '',
    reasoning: '',
    calls: [],
    seals: [],
    finish: {},
    usage: null,
    opaque: [],
  };
  for (const chunk of chunks) {
    if (chunk.type === 'text') result.text += chunk.text;
    else if (chunk.type === 'reasoning') result.reasoning += chunk.text;
    else if (chunk.type === 'tool_call') {
      const { id = '', name = '', choice, index } = chunk;
      result.calls.push({ id, name, arguments: chunk.arguments, choice, index });
    } else if (chunk.type === 'seal') {
      const { of, call, seal } = chunk;
      result.seals.push(call === undefined ? { of, ...seal } : { of, call, ...seal });
    } else if (chunk.type === 'finish') result.finish[chunk.choice] = chunk.reason;
    else if (chunk.type === 'usage') result.usage = { ...chunk.usage };
    else if (chunk.type === 'opaque') result.opaque.push(chunk.name);
  }
  return result;
}

export function context(model = 'gemini-2.5-flash', changes: Partial<Target> = {}): WireContext {
  const target: Target = {
    id: `gemini/${model}`,
    provider: 'gemini',
    kind: 'gemini',
    model,
    vendor: 'google',
    tier: 'standard',
    region: '',
    weight: 1,
    ...changes,
  };
  return { target, stream: false, traits: {}, requestId: 'req_1' };
}

const nothing: Conversation = {
  ...emptyConversation,
  turns: [{ role: 'user', blocks: [{ type: 'text', text: 'Hi' }] }],
};

export function conversation(changes: Partial<Conversation> = {}): Conversation {
  return { ...nothing, ...changes };
}

export function user(...blocks: (Block | string)[]): Turn {
  return { role: 'user', blocks: blocks.map(asBlock) };
}

export function assistant(...blocks: (Block | string)[]): Turn {
  return { role: 'assistant', blocks: blocks.map(asBlock) };
}

function asBlock(block: Block | string): Block {
  return typeof block === 'string' ? { type: 'text', text: block } : block;
}

export const plain: GeminiSettings = { vertex: false, safetySettings: [] };

/** A request as it would be sent. */
export function encode(
  changes: Partial<Conversation>,
  model?: string,
  settings: GeminiSettings = plain,
): Omit<Encoded, 'body'> & { body: Record<string, never> & JsonObject } {
  const encoded = createGeminiWire(settings).encode(conversation(changes), context(model));
  return { ...encoded, body: JSON.parse(encoded.body) as Record<string, never> & JsonObject };
}

export function call(id: string, changes: Partial<ToolCallBlock> = {}): ToolCallBlock {
  return { type: 'tool_call', id, name: 'get_weather', arguments: '{"city":"Oslo"}', ...changes };
}

export function result(callId: string, text: string, isError = false): ToolResultBlock {
  return { type: 'tool_result', callId, content: text === '' ? [] : [{ type: 'text', text }], isError };
}
