import type { Block, Conversation, Tool, Turn } from '../../../../sdk/conversation.ts';
import { GatewayError } from '../../../../sdk/errors.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { encode } from './kit.ts';

export const legacy = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
export const adaptive = 'us.anthropic.claude-sonnet-4-6';
export const nova = 'us.amazon.nova-pro-v1:0';
export const mistral = 'mistral.mistral-large-2407-v1:0';
export const llama = 'us.meta.llama3-3-70b-instruct-v1:0';

export const weather: Tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: { type: 'object', properties: { city: { type: 'string' } } },
  strict: null,
};
export const text = (said: string) => ({ type: 'text', text: said }) as const;
export const user = (...blocks: Block[]): Turn => ({ role: 'user', blocks });
export const answer = (...blocks: Block[]): Turn => ({ role: 'assistant', blocks });
export const call = (id: string, name = 'get_weather') =>
  ({ type: 'tool_call', id, name, arguments: '{"city":"Oslo"}' }) as const;
export const result = (callId: string, said = 'rain', isError = false) =>
  ({ type: 'tool_result', callId, content: [text(said)], isError }) as const;
export const loop = [user(text('Weather?')), answer(call('c1')), user(result('c1'))];
export const schema = {
  type: 'schema',
  name: 'city info',
  description: 'A city',
  schema: { type: 'object', properties: { name: { type: 'string', minLength: 1 } } },
  strict: true,
} as const;

export const messagesOf = (json: JsonObject) => json['messages'] as { role: string; content: JsonObject[] }[];
export const fieldsOf = (json: JsonObject) => (json['additionalModelRequestFields'] ?? {}) as JsonObject;
export const toolsOf = (json: JsonObject) =>
  json['toolConfig'] as { tools: JsonObject[]; toolChoice?: JsonObject } | undefined;

export function refusal(conversation: Conversation, model?: string): GatewayError {
  try {
    encode(conversation, model);
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error('expected a GatewayError');
}
