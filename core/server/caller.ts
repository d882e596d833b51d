import { GatewayError } from '../../sdk/errors.ts';
import type { Caller } from '../../sdk/keys.ts';
import type { KeyDirectory } from '../keys/directory.ts';
import type { MasterKey } from './auth.ts';
import { refuseForeignPage } from './foreign-page.ts';
import { credentialOf } from './headers.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const noKey = 'No API key came with the request. Send it as "Authorization: Bearer KEY" or "x-api-key: KEY".';

/**
 * Lets in whoever may ask anything at all.
 *
 * @throws GatewayError 401, or 503 where keys cannot be read.
 */
export function admit(headers: Headers, master: MasterKey, keys: KeyDirectory | null): void {
  const caller = callerOf(headers, master, keys);
  if (caller.type === 'refused' && !caller.open) throw new GatewayError(caller.code, caller.message);
}

/**
 * Looks up who presented which credential.
 *
 * @param keys where the program has a plugin that decides who may pass; null where only the master key counts.
 * @throws GatewayError 401 `invalid_api_key` where only the master key counts and something else came; 403 `csrf_failed` for
 * a page of another site where nobody needs a key.
 */
export function callerOf(headers: Headers, master: MasterKey, keys: KeyDirectory | null): Caller {
  if (keys === null) {
    master.check(headers);
    return master.required ? { type: 'master' } : openTo(headers);
  }
  const credential = credentialOf(headers);
  const open = !master.required;
  if (credential === null) {
    return open ? openTo(headers) : { type: 'refused', code: 'invalid_api_key', message: noKey, open };
  }
  if (master.is(credential)) return { type: 'master' };
  const found = keys.find(credential);
  if (!found.ok) return { type: 'refused', code: found.code, message: found.message, open };
  const { record, replacedUntilMs } = found;
  return { type: 'key', id: record.id, record, replacedUntilMs };
}

function openTo(headers: Headers): Caller {
  refuseForeignPage(headers);
  return { type: 'open' };
}
