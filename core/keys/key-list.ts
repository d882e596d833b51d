import { type KeyRecord, type KeyStore, maxListedKeys } from '../../sdk/keys.ts';
import type { KeyDirectory } from './directory.ts';
import { FieldProblem, type FieldReader, tenantId } from './field.ts';
import { readRequest } from './key-fields.ts';

/** A page of keys. Counts are LiteLLM's. */
export interface KeyList {
  readonly records: readonly KeyRecord[];
  /** Whole keys were asked for, not only their tokens. */
  readonly full: boolean;
  readonly total_count: number;
  readonly current_page: number;
  readonly total_pages: number;
}

function count(from: number, to: number): FieldReader<number> {
  return (value) => {
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : -1;
    if (number >= from && number <= to) return number;
    throw new FieldProblem(`a whole number from ${from} to ${to}`, JSON.stringify(value));
  };
}

const yes: FieldReader<boolean> = (value) => {
  const text = String(value).toLowerCase();
  if (text === 'true' || text === 'false') return text === 'true';
  throw new FieldProblem('true or false', JSON.stringify(value));
};

const text: FieldReader<string> = String;

const readers = {
  page: count(1, 1_000_000),
  size: count(1, 100),
  return_full_object: yes,
  tenant_id: tenantId,
  key_alias: text,
  key_hash: text,
};

/**
 * Lists keys, the oldest first.
 *
 * @param query `page` from 1, `size` up to 100 (10), `return_full_object`, and `tenant_id`, `key_alias`, `key_hash`.
 * @throws GatewayError 400 that names everything that is wrong; 503 `store_unavailable`
 */
export async function listKeys(
  query: Readonly<Record<string, string>>,
  deps: { readonly store: KeyStore; readonly directory: KeyDirectory },
): Promise<KeyList> {
  const { own } = readRequest(query, readers, false);
  const page = own.page ?? 1;
  const size = own.size ?? 10;
  const offset = (page - 1) * size;
  let records: readonly KeyRecord[];
  let total: number;
  if (own.tenant_id === undefined && own.key_alias === undefined && own.key_hash === undefined) {
    await deps.directory.sync();
    records = await deps.store.list(offset, size);
    total = deps.directory.status().keys;
  } else {
    const fitting = await walk(deps, own);
    records = fitting.slice(offset, offset + size);
    total = fitting.length;
  }
  return {
    records,
    full: own.return_full_object === true,
    total_count: total,
    current_page: page,
    total_pages: Math.ceil(total / size),
  };
}

type Wanted = Readonly<Partial<Record<'tenant_id' | 'key_alias' | 'key_hash', string>>>;

/** All keys that fit. Aliases and tokens are looked up; a tenant's are found by walking through the store. */
async function walk(
  { store, directory }: { readonly store: KeyStore; readonly directory: KeyDirectory },
  { tenant_id, key_alias, key_hash }: Wanted,
): Promise<KeyRecord[]> {
  const fits = (record: KeyRecord) =>
    (tenant_id === undefined || record.tenantId === tenant_id) &&
    (key_alias === undefined || record.alias === key_alias) &&
    (key_hash === undefined || record.hash === key_hash);
  if (key_hash !== undefined || key_alias !== undefined) {
    await directory.sync();
    const named = key_hash === undefined ? directory.withAlias(key_alias!) : [directory.get(key_hash)];
    return named.filter((record) => record !== undefined).filter(fits);
  }
  const found: KeyRecord[] = [];
  for (let offset = 0; ; offset += maxListedKeys) {
    // The store walks in steps of its own, so that others get their turn.
    const some = await store.list(offset, maxListedKeys);
    found.push(...some.filter(fits));
    if (some.length < maxListedKeys) return found;
  }
}
