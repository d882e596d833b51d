import type { NewHotEntry } from './hot-index.ts';
import type { LanceChanges, LanceRows } from './lance-message.ts';

/** A change on its way to the durable store. */
export interface Change {
  readonly namespace: string;
  readonly id: string;
  /** Null for a removal. */
  readonly entry: NewHotEntry | null;
  /** The durable store has nothing under this id: nothing to remove first. */
  readonly fresh: boolean;
  /** Another gateway removed it while it was being written: it goes again. */
  readonly recalled?: true;
}

/** How a change is told from others. */
export const keyOf = (namespace: string, id: string): string => `${namespace}\0${id}`;

/** One message carries no more: packing it takes less than half a millisecond of the gateway's event loop. */
export const batchSize = 128;
const batchBytes = 262_144;

/** Takes the first changes out, as many as one message may carry, at least one. */
export function takeBatch(changes: Map<string, Change>): Map<string, Change> {
  const batch = new Map<string, Change>();
  let bytes = 0;
  for (const [key, change] of changes) {
    const { entry } = change;
    bytes += entry === null ? 0 : entry.unit.byteLength + entry.meta.length;
    if (batch.size >= batchSize || (bytes > batchBytes && batch.size > 0)) break;
    batch.set(key, change);
    changes.delete(key);
  }
  return batch;
}

export function toChanges(batch: Iterable<Change>, nowMs: number): LanceChanges {
  const changes = [...batch];
  const named = (some: readonly Change[]) => some.map(({ namespace, id }) => [namespace, id] as const);
  return {
    nowMs,
    removed: named(changes.filter(({ entry }) => entry === null)),
    replaced: named(changes.filter(({ entry, fresh }) => entry !== null && !fresh)),
    added: toRows(changes),
  };
}

/** Additions as columns, one set for each number of dimensions. */
function toRows(changes: readonly Change[]): LanceRows[] {
  const byDimensions = Map.groupBy(
    changes.filter((change): change is Change & { entry: NewHotEntry } => change.entry !== null),
    ({ entry }) => entry.unit.length,
  );
  return [...byDimensions].map(([dimensions, added]) => {
    const vectors = new Float32Array(added.length * dimensions);
    for (const [at, { entry }] of added.entries()) vectors.set(entry.unit, at * dimensions);
    return {
      dimensions,
      namespaces: added.map(({ namespace }) => namespace),
      ids: added.map(({ id }) => id),
      metas: added.map(({ entry }) => entry.meta),
      tenants: added.map(({ entry }) => entry.tenant ?? ''),
      tags: added.map(({ entry }) => entry.tags),
      expiresAtMs: Float64Array.from(added, ({ entry }) => entry.expiresAtMs),
      vectors,
    };
  });
}
