import type { Table } from '@lancedb/lancedb';
import { KeyFilter } from './key-filter.ts';
import type { LanceConnection } from './lance-connection.ts';
import type { LanceName } from './lance-message.ts';
import { retried } from './lance-retry.ts';
import { rowKey } from './namespace-key.ts';

interface Known {
  /** Of the table when it was read, or since this process deleted from it. */
  version: number;
  readonly filter: KeyFilter;
}

/** Row keys in one predicate. */
const keysPerDelete = 500;

/** Removes rows from the tables of entries. */
export class LanceDeletion {
  readonly #connection: LanceConnection;
  readonly #changed: (table: Table) => void;
  /** Which keys tables have that get no more rows: asking twenty tables about each write would take most of the time. */
  readonly #known = new WeakMap<Table, Known>();

  /** @param changed is told of each table that lost rows. */
  constructor(connection: LanceConnection, changed: (table: Table) => void) {
    this.#connection = connection;
    this.#changed = changed;
  }

  async byPredicate(predicate: string): Promise<void> {
    for (const table of await this.#connection.tables()) await this.#delete(table, predicate);
  }

  /** @param and a further condition, such as ` AND added_at_ms = 1`. */
  async byName(names: readonly LanceName[], and = ''): Promise<void> {
    if (names.length === 0) return;
    const keys = names.map(([namespace, id]) => rowKey(namespace, id));
    const segments = await this.#connection.segments();
    for (const [at, segment] of segments.entries()) {
      const table = await this.#connection.table(segment);
      if (table === null) continue;
      const grows = segments[at + 1]?.dimensions !== segment.dimensions;
      await this.#deleteKeys(table, grows ? keys : await this.#maybeIn(table, keys), and);
    }
  }

  async #maybeIn(table: Table, keys: readonly string[]): Promise<readonly string[]> {
    const version = await table.version();
    let known = this.#known.get(table);
    if (known === undefined || known.version !== version) {
      const there: string[] = [];
      for await (const batch of table.query().select(['row_key'])) {
        for (const key of batch.getChild('row_key')!) there.push(String(key));
      }
      known = { version, filter: new KeyFilter(there) };
      this.#known.set(table, known);
    }
    const { filter } = known;
    return keys.filter((key) => filter.has(key));
  }

  async #deleteKeys(table: Table, keys: readonly string[], and: string): Promise<void> {
    for (let at = 0; at < keys.length; at += keysPerDelete) {
      const list = keys.slice(at, at + keysPerDelete).map((key) => `'${key}'`);
      await this.#delete(table, `row_key IN (${list.join(', ')})${and}`);
    }
  }

  async #delete(table: Table, predicate: string): Promise<void> {
    // A deletion of nothing would make a version of its own.
    if ((await table.countRows(predicate)) === 0) return;
    const known = this.#known.get(table);
    const before = await table.version();
    const { version } = await retried(() => table.delete(predicate));
    // With nobody's changes in between, all that is there was there before.
    if (known !== undefined && known.version === before && version === before + 1) known.version = version;
    this.#changed(table);
  }
}
