import type { KeyRecord } from '../../../sdk/keys.ts';
import { aliasTaken } from '../../keys/alias-taken.ts';

/** Deleted keys are remembered for a week: a gateway that could not read for so long reads everything anew. */
export const tombstoneMs = 7 * 86_400_000;
/** Forgotten tombstones per write: keeps writes short, and keeps up with any rate of deletions. */
export const tombstoneBatch = 50;

const maxRecordBytes = 65_536;
const sha256 = /^[0-9a-f]{64}$/;

/** A key as it is written. */
export interface WrittenKey {
  readonly hash: string;
  /** As JSON, since PostgreSQL takes no NUL in a text; null for none. */
  readonly alias: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** The record as JSON. */
  readonly record: string;
}

/**
 * Checks a record and gives what is written of it.
 *
 * @param expected the `updatedAtMs` that is replaced; what is written is later, whatever the clock says.
 * @throws RangeError that says what is wrong.
 */
export function writtenKey(record: KeyRecord, expected: number | null): WrittenKey {
  if (!sha256.test(record.hash)) {
    throw new RangeError(
      `expected the hash of a key, 64 hexadecimal digits; came ${record.hash.length} characters`,
    );
  }
  for (const name of ['createdAtMs', 'updatedAtMs'] as const) {
    if (!Number.isSafeInteger(record[name]) || record[name] < 0) {
      throw new RangeError(`expected ${name} to be milliseconds since the epoch; came ${record[name]}`);
    }
  }
  const updatedAtMs = Math.max(record.updatedAtMs, (expected ?? -1) + 1);
  // PostgreSQL takes no NUL in a text; JSON has it as an escape, so the record itself may have it.
  const json = JSON.stringify({ ...record, updatedAtMs });
  if (Buffer.byteLength(json) > maxRecordBytes) {
    throw new RangeError(
      `expected a key of at most ${maxRecordBytes} bytes as JSON; came ${Buffer.byteLength(json)}; shorten its metadata or models`,
    );
  }
  const alias = record.alias === null ? null : JSON.stringify(record.alias);
  return { hash: record.hash, alias, createdAtMs: record.createdAtMs, updatedAtMs, record: json };
}

/** The record that was written. Keys that were written before they had an `id` were called by their hash. */
export function keyRecord(json: unknown): KeyRecord {
  const record = JSON.parse(String(json)) as Omit<KeyRecord, 'id'> & Partial<KeyRecord>;
  return record.id === undefined ? { id: record.hash, ...record } : (record as KeyRecord);
}

/**
 * Whether none of the other keys of an alias is in the way: those of the same line may share it.
 *
 * @throws GatewayError 400 `invalid_request`
 */
export function checkAlias({ alias, id }: KeyRecord, others: readonly unknown[]): void {
  if (alias !== null && others.some((other) => keyRecord(other).id !== id)) throw aliasTaken(alias);
}
