import { GatewayError } from '../../../sdk/errors.ts';
import type { KeyRecord, KeyStore } from '../../../sdk/keys.ts';
import { keyOfRow, type RowOptions, type RowResult } from './key-of-row.ts';
import { readTokenTable } from './token-table.ts';

export interface KeyImport extends RowOptions {
  /** Null to look only. */
  readonly store: KeyStore | null;
  /** Replace keys that are in the store already. */
  readonly replace: boolean;
}

/** What became of each row, and of all together. */
export interface ImportedKeys {
  readonly rows: readonly (RowResult & { readonly state: 'imported' | 'there' | 'left_out' })[];
  readonly imported: number;
  readonly there: number;
  readonly leftOut: number;
}

/**
 * Takes the keys of a dump into the key store, by their hashes: clients go on with the keys that they have. A gateway that
 * runs on the store knows them within two seconds. Running it again changes nothing.
 *
 * @throws DumpError where the dump cannot be read; nothing was written then.
 * @throws GatewayError 503 where the store cannot be reached.
 */
export async function importKeys(dump: string, options: KeyImport): Promise<ImportedKeys> {
  const results = readTokenTable(dump).map((row) => keyOfRow(row, options));
  const rows: ImportedKeys['rows'][number][] = [];
  for (const result of results) {
    if (result.record === null) rows.push({ ...result, state: 'left_out' });
    else rows.push(await put(result, result.record, options));
  }
  const count = (state: string) => rows.filter((row) => row.state === state).length;
  return { rows, imported: count('imported'), there: count('there'), leftOut: count('left_out') };
}

async function put(
  result: RowResult,
  record: KeyRecord,
  { store, replace }: KeyImport,
): Promise<ImportedKeys['rows'][number]> {
  const { line, remarks } = result;
  const known = (await store?.get(record.hash)) ?? null;
  if (known !== null && !replace) return { line, record, remarks, state: 'there' };
  const written = known === null ? record : { ...record, id: known.id };
  try {
    const done = (await store?.put(written, known?.updatedAtMs ?? null)) ?? true;
    return { line, record, remarks, state: done ? 'imported' : 'there' };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'invalid_request' || record.alias === null)
      throw error;
    // Another key has the alias: the key works without one, and people can name it.
    await store?.put({ ...written, alias: null }, known?.updatedAtMs ?? null);
    const remark = 'another key has its alias; it has none here';
    return { line, record: { ...record, alias: null }, remarks: [...remarks, remark], state: 'imported' };
  }
}
