import type { WireDialect } from '../provider.ts';
import type { Api } from '../view.ts';
import { modelName } from './model-rules.ts';

/** The APIs that a server with OpenAI's API can offer. */
export type OfferedApi = 'chat' | 'completions' | 'embeddings' | 'responses' | 'messages' | 'input_tokens';

/** What such a server has where. */
export interface ApiQuirks {
  /** Models that it has on the Responses API only. */
  readonly onlyResponses?: RegExp;
  /** Models that work better on the Responses API: what is translated anyway is translated into that. */
  readonly betterResponses?: RegExp;
}

/**
 * Makes the function that says what to speak with a server for a client's API and a model: the API itself where it is
 * offered, otherwise the nearest one that is. It gives null where there is none.
 */
export function dialectsOf(
  offered: { has(api: OfferedApi): boolean },
  quirks: ApiQuirks,
): (api: Api, model: string) => WireDialect | null {
  const first = (...apis: readonly OfferedApi[]) => apis.find((api) => offered.has(api)) ?? null;
  return function dialect(api, model) {
    if (api === 'count_tokens') {
      return first('input_tokens');
    }
    if (api === 'completions' || api === 'embeddings') return first(api);
    const name = modelName(model);
    if (quirks.onlyResponses?.test(name)) return first('responses', api, 'chat', 'messages');
    if (api === 'chat') return first('chat', 'responses', 'messages');
    if (api === 'responses') return first('responses', 'chat', 'messages');
    return quirks.betterResponses?.test(name)
      ? first('messages', 'responses', 'chat')
      : first('messages', 'chat', 'responses');
  };
}
