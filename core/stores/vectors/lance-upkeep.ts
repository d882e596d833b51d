import { Index, type Table } from '@lancedb/lancedb';

/** From so many rows on looking up rows is worth an index. */
const indexedRows = 10_000;

/** Removes the oldest rows beyond a number of them. */
export async function trim(table: Table, maxEntries: number): Promise<void> {
  const excess = (await table.countRows()) - maxEntries;
  if (excess <= 0) return;
  const [row] = await table
    .query()
    .select(['added_at_ms'])
    .orderBy({ columnName: 'added_at_ms', ascending: true })
    .offset(excess - 1)
    .limit(1)
    .toArray();
  const untilMs = Number((row as { added_at_ms?: unknown } | undefined)?.added_at_ms);
  if (Number.isFinite(untilMs)) await table.delete(`added_at_ms <= ${untilMs}`);
}

/** Makes finding rows by namespace and key cheap. */
export async function index(table: Table): Promise<void> {
  if ((await table.countRows()) < indexedRows) return;
  const indexed = (await table.listIndices()).flatMap(({ columns }) => columns);
  for (const column of ['namespace_key', 'row_key']) {
    if (!indexed.includes(column)) await table.createIndex(column, { config: Index.btree() });
  }
}
