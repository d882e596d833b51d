import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { Adapter } from '../../../sdk/wire.ts';
import { responsesWire } from '../responses/wire.ts';

/** Parameters of a response that its input tokens depend on, and that the counting takes. */
const counted = [
  'model',
  'instructions',
  'input',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning',
  'text',
  'truncation',
] as const;

/**
 * Counts a conversation with OpenAI's `POST /v1/responses/input_tokens` and answers as Anthropic's `count_tokens` does.
 * What only matters for answers is left out, so nothing is refused or named for it.
 */
export const inputTokensAdapter: Adapter = {
  kind: 'adapter',
  name: 'input_tokens',
  encode(call) {
    const conversation = { ...call.conversation(), stop: [], count: 1, maxOutputTokens: null };
    const { body, dropped } = responsesWire.encode(conversation, { ...call.context, stream: false });
    const request = JSON.parse(body) as JsonObject;
    const kept: Record<string, Json> = {};
    for (const name of counted) if (request[name] !== undefined) kept[name] = request[name];
    // Reasoning that cannot be sent is not counted either.
    return { body: JSON.stringify(kept), dropped: dropped.filter((name) => name === 'reasoning') };
  },
  answer(body) {
    const tokens = isJsonObject(body) ? body['input_tokens'] : undefined;
    return typeof tokens === 'number' ? { input_tokens: tokens } : null;
  },
};
