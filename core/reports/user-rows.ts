import type { Ledger, LedgerFilter, LedgerRow } from '../../sdk/ledger.ts';

const pageRows = 500;
/** Rows that are looked through for one answer. */
const maxReadRows = 200_000;

/** Some rows of one user. */
export interface UserRows {
  readonly rows: readonly LedgerRow[];
  /** Not all rows were looked through: ask for a smaller window. */
  readonly gaveUp: boolean;
}

/** Rows of one end user, the newest first. The ledger has no index by user: other rows are read and passed over. */
export async function userRows(
  ledger: Ledger,
  userHash: string,
  filter: LedgerFilter,
  limit: number,
  offset: number,
  wanted: () => boolean,
): Promise<UserRows> {
  const found: LedgerRow[] = [];
  for (let read = 0; read < maxReadRows; read += pageRows) {
    const rows = await ledger.rows(filter, pageRows, read);
    for (const row of rows) {
      if (row.user_id_hash === userHash) found.push(row);
    }
    if (rows.length < pageRows || found.length >= offset + limit || !wanted()) {
      return { rows: found.slice(offset, offset + limit), gaveUp: false };
    }
  }
  return { rows: found.slice(offset, offset + limit), gaveUp: true };
}
