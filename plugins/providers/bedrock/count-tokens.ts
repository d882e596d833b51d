import type { Adapter } from '../../../sdk/wire.ts';
import { encodeConverse } from './encode.ts';
import type { BedrockModel } from './model.ts';

/**
 * CountTokens: the prompt as Converse would get it, without what only steers the answer. The client asks as with
 * Anthropic's `count_tokens`.
 */
export function countTokensAdapter(describe: (id: string) => BedrockModel): Adapter {
  return {
    kind: 'adapter',
    name: 'bedrock-count-tokens',
    encode({ conversation, context }) {
      const { members, dropped } = encodeConverse(conversation(), context, describe(context.target.model));
      const { messages, system, toolConfig } = members;
      return { body: JSON.stringify({ input: { converse: { messages, system, toolConfig } } }), dropped };
    },
    answer: ({ inputTokens }) => (typeof inputTokens === 'number' ? { input_tokens: inputTokens } : null),
  };
}
