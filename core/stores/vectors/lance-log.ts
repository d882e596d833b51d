import { randomUUID } from 'node:crypto';
import type { LanceConnection } from './lance-connection.ts';
import type { LanceNews, LanceRemoval } from './lance-message.ts';
import { retried } from './lance-retry.ts';
import { logTable } from './lance-schema.ts';
import { tidied } from './lance-upkeep.ts';

/** Longer than any gateway that still runs can have been without its store; clocks may differ by hours. */
const keptMs = 86_400_000;
const maxRows = 10_000;
/** What one answer carries, so that taking it in does not hold up the gateway. */
const bytesPerAnswer = 131_072;
const tidiedFragments = 16;

/**
 * What gateways that share these tables removed, for the others. It is written after the rows are gone: who has read it
 * and looks again sees none of them. Rows have no order: whoever reads does what it has not done yet.
 */
export class LanceLog {
  readonly #connection: LanceConnection;
  readonly #writer: string;
  /** Rows that this process has given away, or that are this gateway's own. */
  readonly #given = new Set<string>();
  #unread: { id: string; change: string }[] = [];
  #version = -1;

  /** @param writer this gateway: what it wrote is no news for it. */
  constructor(connection: LanceConnection, writer: string) {
    this.#connection = connection;
    this.#writer = writer;
  }

  async write(nowMs: number, removal: LanceRemoval): Promise<void> {
    const table = await this.#connection.logToWrite();
    const row = { id: randomUUID(), writer: this.#writer, at_ms: nowMs, change: JSON.stringify(removal) };
    await retried(() => table.add([row]));
  }

  /** What others removed, as far as it was not given away yet. */
  async news(): Promise<LanceNews> {
    if (this.#unread.length === 0) await this.#read();
    const rows: { id: string; change: string }[] = [];
    let bytes = 0;
    while (this.#unread.length > 0 && bytes < bytesPerAnswer) {
      const row = this.#unread.shift()!;
      bytes += row.change.length + row.id.length;
      rows.push(row);
      this.#given.add(row.id);
    }
    return { rows, more: this.#unread.length > 0 };
  }

  /** Removes what is old and joins files. */
  async tidy(nowMs: number, keepVersionsMs: number): Promise<void> {
    const table = await this.#connection.log();
    if (table === null) return;
    const old = `at_ms < ${nowMs - keptMs}`;
    if ((await table.countRows(old)) > 0) await retried(() => table.delete(old));
    if ((await table.countRows()) > maxRows) {
      const [row] = await table
        .query()
        .select(['at_ms'])
        .orderBy({ columnName: 'at_ms', ascending: false })
        .offset(maxRows / 2)
        .limit(1)
        .toArray();
      await retried(() => table.delete(`at_ms < ${Number((row as { at_ms: number }).at_ms)}`));
    }
    if ((await table.stats()).fragmentStats.numFragments < tidiedFragments) return;
    await tidied(table, nowMs - keepVersionsMs);
  }

  /** After a failure nobody knows what is there. */
  forget(): void {
    this.#version = -1;
  }

  async #read(): Promise<void> {
    const table = await this.#connection.log();
    if (table === null) return;
    await table.checkoutLatest();
    const version = await table.version();
    if (version === this.#version) return;
    const there = new Set<string>();
    const unread: { id: string; change: string }[] = [];
    for await (const batch of table.query().select(logTable.columns)) {
      const [ids, writers, changes] = ['id', 'writer', 'change'].map((name) => batch.getChild(name)!);
      for (let at = 0; at < batch.numRows; at += 1) {
        const id = String(ids!.get(at));
        there.add(id);
        if (this.#given.has(id) || writers!.get(at) === this.#writer) continue;
        unread.push({ id, change: String(changes!.get(at)) });
      }
    }
    for (const id of this.#given) if (!there.has(id)) this.#given.delete(id);
    // Whatever is read from now on is read as it is after these.
    if (unread.length > 0) await this.#connection.refresh();
    this.#version = version;
    this.#unread = unread;
  }
}
