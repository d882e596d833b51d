import { GatewayError } from '../../sdk/errors.ts';
import type { Models } from '../../sdk/services.ts';
import { sendJson } from './app.ts';
import type { Incoming } from './incoming.ts';

/** The aliases, in the shape of the API that the client speaks: `anthropic-version` tells Anthropic's. */
export function listModels(incoming: Incoming, models: Models): void {
  const ids = models.aliases;
  if (!speaksAnthropic(incoming)) {
    return sendJson(incoming, 200, { object: 'list', data: ids.map((id) => openAiModel(id, models)) });
  }
  sendJson(incoming, 200, {
    data: ids.map(anthropicModel),
    has_more: false,
    first_id: ids[0] ?? null,
    last_id: ids.at(-1) ?? null,
  });
}

/** @throws GatewayError 404 `model_not_found`, with the nearest alias. */
export function showModel(incoming: Incoming, id: string, models: Models): void {
  if (models.resolve(id) === undefined) {
    const nearest = models.nearest(id);
    throw new GatewayError(
      'model_not_found',
      `The model "${id}" is not configured here.${nearest === undefined ? '' : ` Did you mean "${nearest}"?`}`,
      { param: 'model' },
    );
  }
  sendJson(incoming, 200, speaksAnthropic(incoming) ? anthropicModel(id) : openAiModel(id, models));
}

/** True for a client of Anthropic's API: it names the version of it with every request. */
export function speaksAnthropic(incoming: Incoming): boolean {
  return incoming.headers['anthropic-version'] !== undefined;
}

/** OpenAI's model object. `created` is not known for aliases and must be there for typed clients. */
function openAiModel(id: string, models: Models): object {
  return { id, object: 'model', created: 0, owned_by: models.resolve(id)?.[0]?.vendor ?? 'unknown' };
}

function anthropicModel(id: string): object {
  return { type: 'model', id, display_name: id, created_at: '1970-01-01T00:00:00Z' };
}
