import { randomInt } from 'node:crypto';
import type { Table } from '@lancedb/lancedb';
import type { RecordBatch } from 'apache-arrow';
import type { PurgeFilter } from '../purge-log.ts';
import { LanceConnection } from './lance-connection.ts';
import { LanceDeletion } from './lance-deletion.ts';
import { LanceLog } from './lance-log.ts';
import type {
  LanceCalls,
  LanceChanges,
  LanceCounts,
  LanceFound,
  LanceLimits,
  LanceNews,
  LanceRows,
  LanceSetup,
  LanceVersion,
} from './lance-message.ts';
import { retried } from './lance-retry.ts';
import { fromBatch, predicateOf, readColumns, rowsIn, toTable, toTags } from './lance-schema.ts';
import { type Segment, tableName } from './lance-segment.ts';
import { tidied, trim } from './lance-upkeep.ts';
import { namespaceKey } from './namespace-key.ts';

interface Reading {
  readonly namespace: string;
  readonly dimensions: number;
  readonly batches: AsyncIterator<RecordBatch>;
  /** What was read and not given away yet. */
  batch: RecordBatch | null;
}

/** More namespaces than this are not listed at the start. */
const maxListed = 20_000;
/** Taking more out of a message would hold up the gateway's event loop. */
const rowsPerRead = 64;
const bytesPerRead = 262_144;
/** Tidying a table copies its rows, all in memory: beyond this many they go to another. */
const segmentRows = 50_000;

/** Longer than a write can take. */
const emptyMs = 120_000;

/**
 * The tables of a LanceDB: LanceDB's side of the durable store. Rows of one number of dimensions are in segments, a
 * table each; only the last grows, and only what changed is tidied, so that the price of tidying is bounded.
 */
export class LanceTables implements LanceCalls {
  readonly #connection: LanceConnection;
  readonly #log: LanceLog;
  readonly #deletion: LanceDeletion;
  readonly #segmentRows: number;
  readonly #readings = new Map<number, Reading>();
  /** Another process has other numbers: a reading that began there is not taken for one of here. */
  #nextReading = randomInt(2 ** 47);
  /** Changed since they were tidied. Whatever an earlier process left is taken for changed. */
  readonly #tidied = new WeakSet<Table>();
  /** By dimensions the numbers of segments that are to be begun, since those before are large enough. */
  readonly #growing = new Map<number, number>();
  /** By their names segments that have no rows, and since when. */
  readonly #emptySinceMs = new Map<string, number>();
  /** The last of the writes: each waits for the one before. */
  #writes: Promise<unknown> = Promise.resolve();

  constructor(setup: LanceSetup) {
    this.#connection = new LanceConnection(setup);
    this.#log = new LanceLog(this.#connection, setup.writer);
    this.#deletion = new LanceDeletion(this.#connection, (table) => this.#tidied.delete(table));
    this.#segmentRows = setup.segmentRows ?? segmentRows;
  }

  async open(): Promise<string | null> {
    const keys = new Set<string>();
    for (const table of await this.#connection.tables()) {
      for await (const batch of table.query().select(['namespace_key'])) {
        for (const key of batch.getChild('namespace_key')!) keys.add(String(key));
        if (keys.size > maxListed) return null;
      }
    }
    return [...keys].join('');
  }

  write({ nowMs, removed, replaced, added }: LanceChanges): Promise<void> {
    return this.#inTurn(async () => {
      // What another gateway wrote a moment ago goes, too.
      if (removed.length > 0) await this.#connection.refresh();
      await this.#deletion.byName([...removed, ...replaced]);
      if (removed.length > 0) await this.#log.write(nowMs, { removed });
      for (const rows of added) {
        // Listed each time: another process may have begun the next.
        const segments = await this.#connection.segments(rows.dimensions);
        const table = await this.#connection.tableToWrite(this.#toGrow(segments, rows.dimensions));
        const data = toTable(rows, nowMs);
        await retried(() => table.add(data));
        this.#tidied.delete(table);
      }
    });
  }

  purge(filter: PurgeFilter, nowMs: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#connection.refresh();
      await this.#deletion.byPredicate(predicateOf(filter));
      await this.#log.write(nowMs, { purge: filter });
    });
  }

  recall(versions: readonly LanceVersion[], nowMs: number): Promise<void> {
    return this.#inTurn(async () => {
      for (const [addedAtMs, some] of Map.groupBy(versions, ([, , atMs]) => atMs)) {
        const names = some.map(([namespace, id]) => [namespace, id] as const);
        await this.#deletion.byName(names, ` AND added_at_ms = ${addedAtMs}`);
      }
      await this.#log.write(nowMs, { recalled: versions.map(([namespace, id]) => [namespace, id]) });
    });
  }

  news(): Promise<LanceNews> {
    return this.#log.news();
  }

  tidy({ nowMs, maxEntries, keepVersionsMs }: LanceLimits): Promise<LanceCounts> {
    return this.#inTurn(async () => {
      await this.#deletion.byPredicate(`expires_at_ms <= ${nowMs}`);
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
        if (!this.#tidied.has(table) && (await tidied(table, nowMs - keepVersionsMs))) {
          this.#tidied.add(table);
        }
        const stats = await table.stats();
        rows += stats.numRows;
        fragments += stats.fragmentStats.numFragments;
        const grows = this.#toGrow(segments, segment.dimensions).number === segment.number;
        if (grows && stats.numRows >= this.#segmentRows) {
          this.#growing.set(segment.dimensions, segment.number + 1);
        }
        if (!grows) await this.#dropEmpty(segment, stats.numRows, nowMs);
      }
      await this.#log.tidy(nowMs, keepVersionsMs);
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
    if (reading === undefined) throw new Error(`expected a reading that was begun here, came ${number}`);
    if (reading.batch === null) {
      const next = await reading.batches.next();
      if (next.done === true) return null;
      reading.batch = next.value;
    }
    const { namespace, dimensions, batch } = reading;
    const count = rowsIn(batch, bytesPerRead, rowsPerRead);
    reading.batch = batch.numRows > count ? batch.slice(count) : null;
    return fromBatch(batch.slice(0, count), namespace, dimensions);
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
    this.#log.forget();
    this.#growing.clear();
  }

  async #inTurn<T>(write: () => Promise<T>): Promise<T> {
    const turn = this.#writes.then(write);
    this.#writes = turn.catch(() => undefined);
    return turn;
  }

  /** Where new rows go: the last segment there is, whoever began it, or the first one of all. */
  #toGrow(segments: readonly Segment[], dimensions: number): Segment {
    const last = segments.findLast((segment) => segment.dimensions === dimensions);
    return { dimensions, number: Math.max(last?.number ?? 0, this.#growing.get(dimensions) ?? 0) };
  }

  /** One that nobody writes to any more, if it stays empty: who listed the segments before it ended may still do so. */
  async #dropEmpty(segment: Segment, rows: number, nowMs: number): Promise<void> {
    const name = tableName(segment.dimensions, segment.number);
    if (rows > 0) this.#emptySinceMs.delete(name);
    else if (!this.#emptySinceMs.has(name)) this.#emptySinceMs.set(name, nowMs);
    else if (nowMs - this.#emptySinceMs.get(name)! >= emptyMs) {
      await this.#connection.drop(segment);
      this.#emptySinceMs.delete(name);
    }
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
    // Rounded, the distance of a vector to itself may be less than none.
    score: Math.min(1, 1 - Number(distances![at])),
  }));
}
