import { hash } from 'node:crypto';
import { GatewayError } from '../../sdk/errors.ts';
import { anonymous, type Identity } from '../../sdk/identity.ts';
import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import { headerOf, type Incoming } from './incoming.ts';

const idPattern = /^[\w.:@/-]{1,128}$/;

/** First 32 hexadecimal digits of the SHA-256: enough to tell users apart, not to find them. */
export function hashUser(user: string): string {
  return hash('sha256', user, 'hex').slice(0, 32);
}

function idFrom(incoming: Incoming, header: string): string | undefined {
  const value = headerOf(incoming, header);
  if (value === undefined || value === '') return undefined;
  if (idPattern.test(value)) return value;
  throw new GatewayError(
    'invalid_request',
    `${header} must be 1 to 128 characters of letters, digits and _ . : @ / -; it was not.`,
    { param: header },
  );
}

/** The end user that a body names, in whatever dialect: OpenAI's `user` and its successor, Anthropic's metadata. */
export function endUserOf(body: JsonObject): Json | undefined {
  const { metadata } = body;
  return (
    body['user'] ?? body['safety_identifier'] ?? (isJsonObject(metadata) ? metadata['user_id'] : undefined)
  );
}

/**
 * Who makes the request as far as its headers say. They are claims: a plugin that knows keys replaces them.
 *
 * @param bodyUser what `endUserOf` gave, used where `X-User-Id` is absent
 */
export function claimedIdentity(incoming: Incoming, bodyUser: unknown): Identity {
  const tenant = idFrom(incoming, 'x-tenant-id');
  const feature = idFrom(incoming, 'x-feature-id');
  const user = headerOf(incoming, 'x-user-id') ?? (typeof bodyUser === 'string' ? bodyUser : undefined);
  if (tenant === undefined && feature === undefined && (user === undefined || user === '')) return anonymous;
  return {
    ...anonymous,
    tenant: tenant === undefined ? anonymous.tenant : { ...anonymous.tenant, id: tenant },
    feature: feature ?? null,
    user: user === undefined || user === '' ? null : hashUser(user),
  };
}
