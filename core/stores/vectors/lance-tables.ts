import { type Connection, connect, type Table } from '@lancedb/lancedb';
import type { RecordBatch } from 'apache-arrow';
import type { PurgeFilter } from '../purge-log.ts';
import type {
  LanceCalls,
  LanceChanges,
  LanceCounts,
  LanceFound,
  LanceLimits,
  LanceRows,
  LanceSetup,
} from './lance-message.ts';
import {
  columnNames,
  fromBatch,
  lanceSchema,
  predicateOf,
  readColumns,
  schemaVersion,
  tableName,
  toTable,
  toTags,
  versionKey,
} from './lance-schema.ts';
import { index, trim } from './lance-upkeep.ts';
import { namespaceKey, rowKey } from './namespace-key.ts';

/** Written by a version that this one does not know: nothing is read from it or written to it. */
export class NewerTable extends Error {}

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

/** The tables of a LanceDB: the thread's side of the durable store. */
export class LanceTables implements LanceCalls {
  readonly #setup: LanceSetup;
  #connection: Promise<Connection> | null = null;
  readonly #tables = new Map<number, Promise<Table | null>>();
  readonly #readings = new Map<number, Reading>();
  #nextReading = 1;
  /** The last of the writes: each waits for the one before. */
  #writes: Promise<unknown> = Promise.resolve();

  constructor(setup: LanceSetup) {
    this.#setup = setup;
  }

  async open(): Promise<readonly string[] | null> {
    const keys = new Set<string>();
    for (const dimensions of await this.#dimensions()) {
      const table = await this.#table(dimensions);
      if (table === null) continue;
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
        const table = await this.#tableToWrite(rows.dimensions);
        await table.add(toTable(rows, nowMs));
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
      for (const dimensions of await this.#dimensions()) {
        const table = await this.#table(dimensions);
        if (table === null) continue;
        await trim(table, maxEntries);
        await index(table);
        await table.optimize({ cleanupOlderThan: new Date(nowMs - keepVersionsMs) });
        const stats = await table.stats();
        rows += stats.numRows;
        fragments += stats.fragmentStats.numFragments;
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
    const table = await this.#table(vector.length);
    if (table === null) return [];
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

  async startReading(namespace: string, dimensions: number, nowMs: number): Promise<number> {
    const table = await this.#table(dimensions);
    const number = this.#nextReading;
    this.#nextReading += 1;
    if (table !== null) {
      const rows = table
        .query()
        .where(`namespace_key = '${namespaceKey(namespace)}' AND expires_at_ms > ${nowMs}`)
        .select(readColumns);
      this.#readings.set(number, {
        namespace,
        dimensions,
        batches: rows[Symbol.asyncIterator](),
        batch: null,
      });
    }
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
    for (const table of this.#tables.values()) (await table.catch(() => null))?.close();
    (await this.#connection?.catch(() => null))?.close();
  }

  /** After a failure: everything is opened again, whoever repaired it. */
  forget(): void {
    this.#tables.clear();
    this.#connection = null;
  }

  async #inTurn<T>(write: () => Promise<T>): Promise<T> {
    const turn = this.#writes.then(write);
    this.#writes = turn.catch(() => undefined);
    return turn;
  }

  async #delete(predicate: string): Promise<void> {
    for (const dimensions of await this.#dimensions()) {
      const table = await this.#table(dimensions);
      // A deletion of nothing would make a version of its own.
      if (table !== null && (await table.countRows(predicate)) > 0) await table.delete(predicate);
    }
  }

  #connect(): Promise<Connection> {
    const { uri, storageOptions } = this.#setup;
    // Other gateways may write to it too: a reader looks for their changes now and then.
    this.#connection ??= connect(uri, { storageOptions: { ...storageOptions }, readConsistencyInterval: 5 });
    return this.#connection;
  }

  async #dimensions(): Promise<number[]> {
    const names = await (await this.#connect()).tableNames({ limit: 10_000 });
    return names.flatMap((name) => {
      const dimensions = Number(name.replace(/^entries_/, ''));
      return tableName(dimensions) === name ? [dimensions] : [];
    });
  }

  #table(dimensions: number): Promise<Table | null> {
    const known = this.#tables.get(dimensions);
    if (known !== undefined) return known;
    const opening = this.#openTable(dimensions);
    this.#tables.set(dimensions, opening);
    // One that is not there may be there later.
    opening.then(
      (table) => table === null && this.#tables.delete(dimensions),
      () => this.#tables.delete(dimensions),
    );
    return opening;
  }

  async #openTable(dimensions: number): Promise<Table | null> {
    const name = tableName(dimensions);
    if (!(await this.#dimensions()).includes(dimensions)) return null;
    const connection = await this.#connect();
    // One that is being made has a folder already, and nothing in it.
    const table = await connection.openTable(name).catch((error: unknown) => {
      if (error instanceof Error && error.message.startsWith(`Table '${name}' was not found`)) return null;
      throw error;
    });
    return table === null ? null : checked(table);
  }

  async #tableToWrite(dimensions: number): Promise<Table> {
    const found = await this.#table(dimensions);
    if (found !== null) return found;
    const connection = await this.#connect();
    const created = await connection.createEmptyTable(tableName(dimensions), lanceSchema(dimensions), {
      mode: 'create',
      existOk: true,
    });
    const table = await checked(created);
    this.#tables.set(dimensions, Promise.resolve(table));
    return table;
  }
}

async function checked(table: Table): Promise<Table> {
  const schema = await table.schema();
  const version = Number(schema.metadata.get(versionKey) ?? Number.NaN);
  if (version > schemaVersion) {
    throw new NewerTable(`expected tables of version ${schemaVersion} or less, came version ${version}`);
  }
  const names = schema.fields.map(({ name }) => name);
  const missing = columnNames.filter((name) => !names.includes(name));
  if (Number.isNaN(version) || missing.length > 0) {
    throw new Error(
      `expected a table of this gateway, came another without ${missing.join(', ') || 'a version'}`,
    );
  }
  return table;
}
