import { GatewayError, isJsonObject, type Json, type RequestContext } from '../../sdk/index.ts';

/** What client and policies want of the cache for one request. */
export interface Wish {
  /** `refresh` asks a provider and keeps its answer, `only` asks none, `bypass` neither looks nor keeps. */
  readonly mode: 'use' | 'refresh' | 'only' | 'bypass';
  /** Why it is bypassed, for the reason header. */
  readonly reason: string;
  /** As a policy says; null for the option's. */
  readonly ttlMs: number | null;
  /** What must be equal besides what the options say. */
  readonly vary: readonly string[];
}

const usual: Wish = { mode: 'use', reason: '', ttlMs: null, vary: [] };

/**
 * @param file of the plugin: verbs of other files are not its.
 * @throws GatewayError 400 for a header that means nothing: who wants no cached answer must not get one.
 */
export function wishOf({ headers, identity, verbs }: RequestContext, file: string): Wish {
  const asked = headers['x-sluice-cache']?.trim().toLowerCase() ?? '';
  if (asked !== '' && asked !== 'bypass' && asked !== 'refresh' && asked !== 'only') {
    throw new GatewayError(
      'invalid_request',
      'X-Sluice-Cache: expected bypass, refresh or only; came something else.',
    );
  }
  if (asked === 'bypass') return { ...usual, mode: 'bypass', reason: 'client' };
  const own = verbs.find(({ verb, performer }) => verb === 'cache' && performer === file);
  const forbidden =
    identity.tenant.cache === false ? 'tenant' : own?.options['bypass'] === true ? 'policy' : null;
  if (forbidden !== null) {
    // Nobody may be asked, and nothing may be looked for.
    return { ...usual, mode: asked === 'only' ? 'only' : 'bypass', reason: forbidden };
  }
  const mode = asked === '' ? 'use' : asked;
  return own === undefined ? { ...usual, mode } : { ...usual, mode, ...policyWish(own.options) };
}

function policyWish(options: Json): Partial<Wish> {
  if (!isJsonObject(options)) return {};
  const { ttl, namespace, vary } = options;
  const more = Array.isArray(vary) ? vary.filter((one): one is string => typeof one === 'string') : [];
  // The tenant always is part of the key.
  if (namespace === 'key' || namespace === 'user') more.push(namespace);
  if (typeof ttl !== 'number') return { vary: more };
  return ttl > 0
    ? { ttlMs: Math.max(1, Math.round(ttl * 1000)), vary: more }
    : { mode: 'bypass', reason: 'policy' };
}
