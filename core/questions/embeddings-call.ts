import type { JsonObject } from '../../sdk/json.ts';
import { jsonTextFrom } from '../body/json-text.ts';
import type { EmbeddingsCall } from '../embedders/provider.ts';
import type { Questions } from './questions.ts';

/** How an embedder that is a provider's model asks it: as part of a request, which pays for it. */
export function embeddingsCall(
  { provider, model }: JsonObject,
  questions: Pick<Questions, 'embed'> | undefined,
): EmbeddingsCall {
  const target = `${String(provider)}/${String(model)}`;
  return async (body, { signal, requestId }) => {
    if (questions === undefined || requestId === undefined) {
      throw new Error(`embedder ${target}: it is asked only for a request that is under way`);
    }
    const answer = await questions.embed({
      // The target of the gateway, not the name that the provider knows.
      body: jsonTextFrom(JSON.stringify({ ...(JSON.parse(body) as JsonObject), model: target })),
      purpose: 'embedding',
      requestId,
      signal: signal ?? new AbortController().signal,
    });
    return { status: 200, body: answer };
  };
}
