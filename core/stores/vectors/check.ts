import type { Log } from '../../../sdk/services.ts';
import type { VectorEntry } from '../../../sdk/vectors.ts';

const maxMetaLength = 65_536;

/** @throws RangeError for a namespace, a number of matches or names out of their bounds. */
export function checkNamespace(namespace: string): void {
  if (namespace.length < 1 || namespace.length > 1000) {
    throw new RangeError(`expected a namespace of 1 to 1,000 characters, came ${namespace.length}`);
  }
}

export function checkCount(k: number): void {
  if (!Number.isInteger(k) || k < 1 || k > 64) throw new RangeError(`expected k from 1 to 64, came ${k}`);
}

export function checkId(id: string): void {
  if (id.length < 1 || id.length > 200) {
    throw new RangeError(`expected an id of 1 to 200 characters, came ${id.length}`);
  }
}

export function checkEntry(entry: VectorEntry): void {
  checkId(entry.id);
  const { tenant, tags = [] } = entry;
  if (tags.length > 16) throw new RangeError(`expected at most 16 tags, came ${tags.length}`);
  for (const name of tenant === null ? tags : [tenant, ...tags]) {
    if (name.length < 1 || name.length > 200) {
      throw new RangeError(`expected tenants and tags of 1 to 200 characters, came ${name.length}`);
    }
  }
}

/** The JSON text of an entry's meta; null where it is none, or too long. */
export function metaText(meta: unknown): string | null {
  const text: string | undefined = JSON.stringify(meta);
  return text === undefined || text.length > maxMetaLength ? null : text;
}

const complainEveryMs = 60_000;

/** Warnings of a store, each kind once a minute at most. */
export class Complaints {
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #saidMs = new Map<string, number>();

  constructor(log: Log, nowMs: () => number) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  warn(message: string, fields: object): void {
    const nowMs = this.#nowMs();
    const saidMs = this.#saidMs.get(message);
    if (saidMs !== undefined && nowMs - saidMs < complainEveryMs) return;
    this.#saidMs.set(message, nowMs);
    this.#log.warn({ store: 'vectors', ...fields }, message);
  }
}
