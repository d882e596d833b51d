import type { KeyChanges, KeyRecord } from '../../../sdk/keys.ts';
import { keyRecord } from './record.ts';

/** Keys in a page of changes: about a millisecond to read. */
export const changesPage = 200;

/**
 * A mark is the number of the last change that was read. While the first reading of all keys goes on it is negative:
 * what was deleted before that reading began needs no tombstone.
 *
 * @param last the number of the last change.
 * @param forgotten the highest number of a deletion that is no longer remembered.
 * @returns whether changes after the mark may be missing, or the store is another one than before (a backup).
 */
export function isLost(mark: number, last: number, forgotten: number): boolean {
  return Math.abs(mark) > last || (mark > 0 && mark < forgotten);
}

export const startOver: KeyChanges = { mark: 0, changed: [], deleted: [], more: true, reset: true };

/**
 * A page of changes.
 *
 * @param last the number of the last change, read before the rows were.
 * @param rows `hash, change, record` of keys with a higher number than the mark's, in their order, a page of them.
 */
export function changesOf(
  mark: number,
  last: number,
  rows: readonly Readonly<Record<string, unknown>>[],
): KeyChanges {
  const changed: KeyRecord[] = [];
  const deleted: string[] = [];
  let seen = Math.abs(mark);
  for (const { hash, change, record } of rows) {
    if (record === null) deleted.push(String(hash));
    else changed.push(keyRecord(record));
    seen = Number(change);
  }
  const more = rows.length === changesPage;
  const reading = more && mark <= 0;
  return { mark: reading ? -seen : Math.max(seen, more ? 0 : last), changed, deleted, more, reset: false };
}
