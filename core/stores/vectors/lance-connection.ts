import { type Connection, connect, Session, type Table } from '@lancedb/lancedb';
import type { Schema } from 'apache-arrow';
import type { LanceSetup } from './lance-message.ts';
import { retried } from './lance-retry.ts';
import { columnNames, lanceSchema, logTable, schemaVersion, versionKey } from './lance-schema.ts';
import { type Segment, segmentsOf, tableName } from './lance-segment.ts';

/** Written by a version that this one does not know: nothing is read from it or written to it. */
export class NewerTable extends Error {}

/** What LanceDB may cache; by itself it takes 6 GB and 1 GB, and each version of a table leaves something there. */
const indexCacheBytes = 33_554_432n;
const metadataCacheBytes = 33_554_432n;

/** Listed at once; with a million rows there are twenty. */
const maxTables = 10_000;

/** The tables of a LanceDB that are ours, opened when they are first needed. */
export class LanceConnection {
  readonly #setup: LanceSetup;
  readonly #session = new Session(indexCacheBytes, metadataCacheBytes);
  #connection: Promise<Connection> | null = null;
  readonly #tables = new Map<string, Promise<Table | null>>();

  constructor(setup: LanceSetup) {
    this.#setup = setup;
  }

  /** @returns the segments that are there, the oldest first. */
  async segments(dimensions?: number): Promise<Segment[]> {
    const names = await (await this.#connect()).tableNames({ limit: maxTables });
    const segments = segmentsOf(names);
    return dimensions === undefined ? segments : segments.filter((one) => one.dimensions === dimensions);
  }

  /** The tables of some segments, without those that are not there. */
  async tables(dimensions?: number): Promise<Table[]> {
    const tables: Table[] = [];
    for (const segment of await this.segments(dimensions)) {
      const table = await this.table(segment);
      if (table !== null) tables.push(table);
    }
    return tables;
  }

  /** @throws NewerTable, or an Error for a table of somebody else. */
  table({ dimensions, number }: Segment): Promise<Table | null> {
    return this.#table(tableName(dimensions, number), columnNames);
  }

  /** The table of a segment, made where it is missing. */
  tableToWrite({ dimensions, number }: Segment): Promise<Table> {
    return this.#tableToWrite(tableName(dimensions, number), lanceSchema(dimensions), columnNames);
  }

  /** The log of what was removed. */
  log(): Promise<Table | null> {
    return this.#table(logTable.name, logTable.columns);
  }

  logToWrite(): Promise<Table> {
    return this.#tableToWrite(logTable.name, logTable.schema(), logTable.columns);
  }

  /** From now on all tables are read as they are now, whoever changed them. */
  async refresh(): Promise<void> {
    const names = await (await this.#connect()).tableNames({ limit: maxTables });
    for (const [name, opening] of this.#tables) {
      // Another process may have dropped it.
      if (names.includes(name)) await (await opening.catch(() => null))?.checkoutLatest();
      else this.#tables.delete(name);
    }
  }

  async drop({ dimensions, number }: Segment): Promise<void> {
    const name = tableName(dimensions, number);
    this.#tables.delete(name);
    await (await this.#connect()).dropTable(name);
  }

  /** After a failure: everything is opened again, whoever repaired it. */
  forget(): void {
    this.#tables.clear();
    this.#connection = null;
  }

  async close(): Promise<void> {
    for (const table of this.#tables.values()) (await table.catch(() => null))?.close();
    (await this.#connection?.catch(() => null))?.close();
  }

  #table(name: string, columns: readonly string[]): Promise<Table | null> {
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const opening = this.#open(name, columns);
    this.#tables.set(name, opening);
    // One that is not there may be there later.
    opening.then(
      (table) => table === null && this.#tables.delete(name),
      () => this.#tables.delete(name),
    );
    return opening;
  }

  async #tableToWrite(name: string, schema: Schema, columns: readonly string[]): Promise<Table> {
    const found = await this.#table(name, columns);
    if (found !== null) return found;
    const connection = await this.#connect();
    // Another process may make it at the same moment.
    const created = await retried(() =>
      connection.createEmptyTable(name, schema, { mode: 'create', existOk: true }),
    );
    const table = await checked(created, columns);
    this.#tables.set(name, Promise.resolve(table));
    return table;
  }

  #connect(): Promise<Connection> {
    const { uri, storageOptions } = this.#setup;
    this.#connection ??= connect(
      uri,
      // Other gateways may write to it too: a reader looks for their changes now and then.
      { storageOptions: { ...storageOptions }, readConsistencyInterval: 5 },
      this.#session,
    );
    return this.#connection;
  }

  async #open(name: string, columns: readonly string[]): Promise<Table | null> {
    const connection = await this.#connect();
    // One that is being made has a folder already, and nothing in it.
    const table = await connection.openTable(name).catch((error: unknown) => {
      if (error instanceof Error && error.message.startsWith(`Table '${name}' was not found`)) return null;
      throw error;
    });
    return table === null ? null : checked(table, columns);
  }
}

async function checked(table: Table, columns: readonly string[]): Promise<Table> {
  const schema = await table.schema();
  const version = Number(schema.metadata.get(versionKey) ?? Number.NaN);
  if (version > schemaVersion) {
    throw new NewerTable(`expected tables of version ${schemaVersion} or less, came version ${version}`);
  }
  const names = schema.fields.map(({ name }) => name);
  const missing = columns.filter((name) => !names.includes(name));
  if (Number.isNaN(version) || missing.length > 0) {
    throw new Error(
      `expected a table of this gateway, came another without ${missing.join(', ') || 'a version'}`,
    );
  }
  return table;
}
