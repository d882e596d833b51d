import type { Table } from '@lancedb/lancedb';
import type { RecordBatch } from 'apache-arrow';
import type { PurgeFilter } from '../purge-log.ts';
import { LanceConnection } from './lance-connection.ts';
import type {
  LanceCalls,
  LanceChanges,
  LanceCounts,
  LanceFound,
  LanceLimits,
  LanceRows,
  LanceSetup,
} from './lance-message.ts';
import { fromBatch, predicateOf, readColumns, toTable, toTags } from './lance-schema.ts';
import type { Segment } from './lance-segment.ts';
import { index, trim } from './lance-upkeep.ts';
import { namespaceKey, rowKey } from './namespace-key.ts';

interface Reading {
  readonly namespace: string;
  readonly dimensions: number;
  readonly batches: AsyncIterator<RecordBatch>;
  /** What was read and not given away yet. */
  batch: RecordBatch | null;
}

/** More namespaces than this are not listed at the start. */
const maxListed = 20_000;
/** Taking more out of a message would hold up the event loop. */
const rowsPerRead = 64;
/** Row keys in one predicate. */
const keysPerDelete = 500;
/** Tidying a table copies its rows, all in memory: beyond this many they go to another. */
const segmentRows = 50_000;

/**
 * The tables of a LanceDB: the thread's side of the durable store. Rows of one number of dimensions are in segments, a
 * table each; only the last grows, and only what changed is tidied, so that the price of tidying is bounded.
 */
export class LanceTables implements LanceCalls {
  readonly #connection: LanceConnection;
  readonly #segmentRows: number;
  readonly #readings = new Map<number, Reading>();
  #nextReading = 1;
  /** Changed since they were tidied. Whatever an earlier process left is taken for changed. */
  readonly #tidied = new WeakSet<Table>();
  /** By their dimensions the segments that grow. */
  readonly #growing = new Map<number, Segment>();
  /** The last of the writes: each waits for the one before. */
  #writes: Promise<unknown> = Promise.resolve();

  constructor(setup: LanceSetup) {
    this.#connection = new LanceConnection(setup);
    this.#segmentRows = setup.segmentRows ?? segmentRows;
  }

  async open(): Promise<readonly string[] | null> {
    const keys = new Set<string>();
    for (const table of await this.#connection.tables()) {
      for await (const batch of table.query().select(['namespace_key'])) {
        for (const key of batch.getChild('namespace_key')!) keys.add(String(key));
        if (keys.size > maxListed) return null;
      }
    }
    return [...keys];
  }

  write({ nowMs, removed, added }: LanceChanges): Promise<void> {
    return this.#inTurn(async () => {
      if (removed.length > 0) {
        const keys = removed.map(([namespace, id]) => rowKey(namespace, id));
        for (let at = 0; at < keys.length; at += keysPerDelete) {
          const list = keys.slice(at, at + keysPerDelete).map((key) => `'${key}'`);
          await this.#delete(`row_key IN (${list.join(', ')})`);
        }
      }
      for (const rows of added) {
        const table = await this.#connection.tableToWrite(await this.#toGrow(rows.dimensions));
        await table.add(toTable(rows, nowMs));
        this.#tidied.delete(table);
      }
    });
  }

  purge(filter: PurgeFilter): Promise<void> {
    return this.#inTurn(() => this.#delete(predicateOf(filter)));
  }

  tidy({ nowMs, maxEntries, keepVersionsMs }: LanceLimits): Promise<LanceCounts> {
    return this.#inTurn(async () => {
      await this.#delete(`expires_at_ms <= ${nowMs}`);
      let rows = 0;
      let fragments = 0;
      const segments = await this.#connection.segments();
      for (const dimensions of new Set(segments.map((segment) => segment.dimensions))) {
        for (const table of await trim(await this.#connection.tables(dimensions), maxEntries)) {
          this.#tidied.delete(table);
        }
      }
      for (const segment of segments) {
        const table = await this.#connection.table(segment);
        if (table === null) continue;
        if (!this.#tidied.has(table)) {
          await index(table);
          await table.optimize({ cleanupOlderThan: new Date(nowMs - keepVersionsMs) });
          this.#tidied.add(table);
        }
        const stats = await table.stats();
        rows += stats.numRows;
        fragments += stats.fragmentStats.numFragments;
        const grows = (await this.#toGrow(segment.dimensions)).number === segment.number;
        if (grows && stats.numRows >= this.#segmentRows) {
          this.#growing.set(segment.dimensions, { ...segment, number: segment.number + 1 });
        }
        if (!grows && stats.numRows === 0) await this.#connection.drop(segment);
      }
      return { rows, fragments };
    });
  }

  async search(
    namespace: string,
    vector: Float32Array,
    k: number,
    nowMs: number,
  ): Promise<readonly LanceFound[]> {
    const found: LanceFound[] = [];
    for (const table of await this.#connection.tables(vector.length)) {
      found.push(...(await searchTable(table, namespace, vector, k, nowMs)));
    }
    return found.sort((a, b) => b.score - a.score).slice(0, k);
  }

  async startReading(namespace: string, dimensions: number, nowMs: number): Promise<number> {
    const number = this.#nextReading;
    this.#nextReading += 1;
    const tables = await this.#connection.tables(dimensions);
    const where = `namespace_key = '${namespaceKey(namespace)}' AND expires_at_ms > ${nowMs}`;
    // The newest first: where there is no room for all, the oldest are left out.
    const batches = rowsOf(tables.reverse(), where);
    this.#readings.set(number, { namespace, dimensions, batches, batch: null });
    return number;
  }

  async read(number: number): Promise<LanceRows | null> {
    const reading = this.#readings.get(number);
    if (reading === undefined) return null;
    if (reading.batch === null) {
      const next = await reading.batches.next();
      if (next.done === true) {
        this.#readings.delete(number);
        return null;
      }
      reading.batch = next.value;
    }
    const { namespace, dimensions, batch } = reading;
    reading.batch = batch.numRows > rowsPerRead ? batch.slice(rowsPerRead) : null;
    return fromBatch(batch.slice(0, rowsPerRead), namespace, dimensions);
  }

  async stopReading(number: number): Promise<void> {
    const reading = this.#readings.get(number);
    this.#readings.delete(number);
    await reading?.batches.return?.();
  }

  async close(): Promise<void> {
    await this.#writes;
    await this.#connection.close();
  }

  /** After a failure: everything is opened again, whoever repaired it. */
  forget(): void {
    this.#connection.forget();
    this.#growing.clear();
  }

  async #inTurn<T>(write: () => Promise<T>): Promise<T> {
    const turn = this.#writes.then(write);
    this.#writes = turn.catch(() => undefined);
    return turn;
  }

  async #delete(predicate: string): Promise<void> {
    for (const table of await this.#connection.tables()) {
      // A deletion of nothing would make a version of its own.
      if ((await table.countRows(predicate)) === 0) continue;
      await table.delete(predicate);
      this.#tidied.delete(table);
    }
  }

  /** Where new rows go: the last segment there is, or the first one of all. */
  async #toGrow(dimensions: number): Promise<Segment> {
    const known = this.#growing.get(dimensions);
    if (known !== undefined) return known;
    const segments = await this.#connection.segments(dimensions);
    const segment = segments.at(-1) ?? { dimensions, number: 0 };
    this.#growing.set(dimensions, segment);
    return segment;
  }
}

async function* rowsOf(tables: readonly Table[], where: string): AsyncGenerator<RecordBatch, void> {
  for (const table of tables) yield* table.query().where(where).select(readColumns);
}

async function searchTable(
  table: Table,
  namespace: string,
  vector: Float32Array,
  k: number,
  nowMs: number,
): Promise<LanceFound[]> {
  const found = await table
    .query()
    .where(`namespace_key = '${namespaceKey(namespace)}' AND expires_at_ms > ${nowMs}`)
    .nearestTo(vector)
    .distanceType('cosine')
    .bypassVectorIndex()
    .select(['id', 'meta', 'tenant', 'tags', '_distance'])
    .limit(k)
    .toArrow();
  // Of nothing there are no columns either.
  const column = (name: string) => Array.from(found.getChild(name) ?? [], String);
  const [metas, tenants, tags, distances] = ['meta', 'tenant', 'tags', '_distance'].map(column);
  return column('id').map((id, at) => ({
    id,
    meta: metas![at]!,
    tenant: tenants![at]!,
    tags: toTags(tags![at]!),
    score: 1 - Number(distances![at]),
  }));
}
