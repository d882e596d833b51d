import type { KeyRecord } from '../../sdk/keys.ts';

/**
 * A record with the name that its key keeps for life. A regenerated key has another hash; had it another name in the
 * counters too, regenerating would empty the budget's counter. Absent on keys that were never regenerated.
 */
export type IdentifiedKey = KeyRecord & { readonly id?: string };

/** What counters, ledger and traces call a key: the hash of the first key of its line. */
export function keyId(record: IdentifiedKey): string {
  return record.id ?? record.hash;
}
