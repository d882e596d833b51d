import { Index, type Table } from '@lancedb/lancedb';
import { isConflict, retried } from './lance-retry.ts';

/** From so many rows on looking up rows is worth an index. */
const indexedRows = 10_000;

/** What is left after trimming, so that it is not needed again at once. */
const keptShare = 0.95;
/** Tenants that one run makes smaller; others have their turn in the next. */
const maxTrimmed = 100;

/**
 * Removes the oldest rows of those tenants that have most, where there are more rows than may be.
 *
 * @param tables the oldest first.
 * @returns those that were changed.
 */
export async function trim(tables: readonly Table[], maxEntries: number): Promise<Table[]> {
  let rows = 0;
  for (const table of tables) rows += await table.countRows();
  if (rows <= maxEntries) return [];
  const counts = await Promise.all(tables.map(countByTenant));
  const sums = new Map<string, number>();
  for (const byTenant of counts) {
    for (const [key, count] of byTenant) sums.set(key, (sums.get(key) ?? 0) + count);
  }
  const level = fairLevel([...sums.values()], Math.floor(maxEntries * keptShare));
  const largest = [...sums].sort(([, a], [, b]) => b - a).slice(0, maxTrimmed);
  const changed = new Set<Table>();
  for (const [tenantKey, sum] of largest) {
    let excess = sum - level;
    for (const [at, table] of tables.entries()) {
      const count = counts[at]!.get(tenantKey) ?? 0;
      if (excess <= 0) break;
      if (count === 0) continue;
      await removeOldest(table, tenantKey, Math.min(count, excess));
      changed.add(table);
      excess -= count;
    }
  }
  return [...changed];
}

async function removeOldest(table: Table, tenantKey: string, count: number): Promise<void> {
  const own = `tenant_key = '${tenantKey}'`;
  const [row] = await table
    .query()
    .where(own)
    .select(['added_at_ms'])
    .orderBy({ columnName: 'added_at_ms', ascending: true })
    .offset(count - 1)
    .limit(1)
    .toArray();
  const untilMs = Number((row as { added_at_ms?: unknown } | undefined)?.added_at_ms);
  if (!Number.isFinite(untilMs)) return;
  await retried(() => table.delete(`${own} AND added_at_ms <= ${untilMs}`));
}

async function countByTenant(table: Table): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const batch of table.query().select(['tenant_key'])) {
    for (const key of batch.getChild('tenant_key')!) {
      const tenantKey = String(key);
      counts.set(tenantKey, (counts.get(tenantKey) ?? 0) + 1);
    }
  }
  return counts;
}

/** The number of rows that each may have, so that together they have `most`: who has fewer keeps them all. */
export function fairLevel(counts: readonly number[], most: number): number {
  const ascending = counts.toSorted((a, b) => a - b);
  let left = most;
  for (const [at, count] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - at));
    if (count > share) return share;
    left -= count;
  }
  return ascending.at(-1) ?? 0;
}

/**
 * Joins the files of a table and forgets versions before a moment.
 *
 * @returns false where another process changes it meanwhile: then it is left as it is.
 */
export async function tidied(table: Table, untilMs: number): Promise<boolean> {
  try {
    await index(table);
    await table.optimize({ cleanupOlderThan: new Date(untilMs) });
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}

/** Makes finding rows by namespace and key cheap. */
async function index(table: Table): Promise<void> {
  if ((await table.countRows()) < indexedRows) return;
  const indexed = (await table.listIndices()).flatMap(({ columns }) => columns);
  for (const column of ['namespace_key', 'row_key']) {
    if (!indexed.includes(column)) await table.createIndex(column, { config: Index.btree() });
  }
}
