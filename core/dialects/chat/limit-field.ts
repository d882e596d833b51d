import type { JsonObject } from '../../../sdk/json.ts';
import type { ModelTraits } from '../../../sdk/traits.ts';
import type { JsonEdit } from '../../body/json-edit-tree.ts';

/**
 * Moves an output limit from `max_completion_tokens` to `max_tokens`, for servers that know only the older field: they
 * would write on without end, and a budget would not hold.
 */
export function limitField(body: JsonObject, traits: ModelTraits): readonly JsonEdit[] {
  const { max_completion_tokens: limit, max_tokens: old } = body;
  if (traits.limitField !== 'max_tokens' || typeof limit !== 'number') return [];
  return [
    { pointer: '/max_completion_tokens', value: undefined },
    { pointer: '/max_tokens', value: typeof old === 'number' ? Math.min(old, limit) : limit },
  ];
}
