import { hash } from 'node:crypto';
import type { Identity } from '../../sdk/index.ts';
import type { Scope } from './quantity.ts';

/** Stands for users and features that were not named: they share one count. */
export const nobody = 'none';

const plain = /^[\w.:@/-]{1,128}$/;

/** An id as a part of a counter's key, which `|` divides: what is long or has other characters is hashed. */
export function keyPart(id: string): string {
  return plain.test(id) ? id : `~${hash('sha256', id.toWellFormed(), 'base64url')}`;
}

/** Whom a limit of a request counts for. Users and features are a tenant's own: two tenants' `42` are two people. */
export function scopeId(by: Scope, identity: Identity): string {
  switch (by) {
    case 'key':
      return keyPart(identity.key.id);
    case 'tenant':
      return keyPart(identity.tenant.id);
    case 'feature':
      return within(identity, identity.feature);
    case 'user':
      return within(identity, identity.user);
    default:
      return 'all';
  }
}

function within({ tenant }: Identity, id: string | null): string {
  const part = keyPart(id ?? nobody);
  const name = `${keyPart(tenant.id)}|${part}`;
  // Counters take keys of up to 200 characters.
  return name.length <= 130 ? name : keyPart(`${name}|`);
}

/** The scope as a client may read it. */
export function scopeName(by: Scope, id: string, identity: Identity): string {
  switch (by) {
    case 'key':
      return `key ${identity.key.name === '' ? identity.key.id : identity.key.name}`;
    case 'tenant':
      return `tenant ${identity.tenant.id}`;
    case 'feature':
      return `feature ${identity.feature ?? nobody} of tenant ${identity.tenant.id}`;
    case 'user':
      return `${identity.user === null ? 'requests without a user' : 'this user'} of tenant ${identity.tenant.id}`;
    case 'global':
      return 'this gateway';
    case 'ip':
      return `address ${id}`;
    default:
      return `${by} ${id}`;
  }
}
