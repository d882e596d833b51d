import type { Adapter } from '../../../sdk/wire.ts';
import { modelResource } from './address.ts';
import { beginEncoding, type GeminiSettings } from './encoding.ts';
import { promptOf } from './wire.ts';

/**
 * Counting of a prompt, `:countTokens`, in Anthropic's shape. The whole request is sent and not only the contents, so
 * that instructions and tools count.
 */
export function createCountTokens(settings: GeminiSettings): Adapter {
  return {
    kind: 'adapter',
    name: 'gemini.count_tokens',
    encode({ context, conversation }) {
      const encoding = beginEncoding(conversation(), context, settings);
      const { contents, systemInstruction, tools, toolConfig } = promptOf(encoding);
      const body = settings.vertex
        ? { contents, systemInstruction, tools }
        : {
            generateContentRequest: {
              model: modelResource(context.target.model),
              contents,
              systemInstruction,
              tools,
              toolConfig,
            },
          };
      return { body: JSON.stringify(body), dropped: [...encoding.dropped] };
    },
    answer({ totalTokens }) {
      return typeof totalTokens === 'number' && totalTokens >= 0 ? { input_tokens: totalTokens } : null;
    },
  };
}
