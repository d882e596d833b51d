import type { KeyRecord } from '../../sdk/keys.ts';

/** Keys in memory, by hash and by alias. */
export class KeyTable {
  readonly #byHash = new Map<string, KeyRecord>();
  /** Two gateways can give one alias at the same moment, so there may be several; nearly always there is one. */
  readonly #byAlias = new Map<string, string | Set<string>>();
  /** Keys that were replaced, the oldest first: they are to be cleared away some day. */
  readonly #replaced = new Set<string>();

  get size(): number {
    return this.#byHash.size;
  }

  get(hash: string): KeyRecord | undefined {
    return this.#byHash.get(hash);
  }

  /** All keys of an alias; more than one where it must be cleared up. */
  withAlias(alias: string): readonly KeyRecord[] {
    const found = this.#byAlias.get(alias);
    if (found === undefined) return [];
    return typeof found === 'string'
      ? [this.#byHash.get(found)!]
      : [...found].map((hash) => this.#byHash.get(hash)!);
  }

  /** Hashes of replaced keys, in the order in which they became known. */
  replaced(): Iterable<string> {
    return this.#replaced;
  }

  put(record: KeyRecord): void {
    const { hash, alias, replacedBy } = record;
    const before = this.#byHash.get(hash);
    this.#byHash.set(hash, record);
    if (replacedBy === null) this.#replaced.delete(hash);
    else this.#replaced.add(hash);
    if (before !== undefined && before.alias === alias) return;
    if (before !== undefined) this.#dropAlias(before);
    if (alias === null) return;
    const others = this.#byAlias.get(alias);
    if (others === undefined) this.#byAlias.set(alias, hash);
    else if (typeof others === 'string') this.#byAlias.set(alias, new Set([others, hash]));
    else others.add(hash);
  }

  delete(hash: string): void {
    const before = this.#byHash.get(hash);
    if (before === undefined) return;
    this.#byHash.delete(hash);
    this.#replaced.delete(hash);
    this.#dropAlias(before);
  }

  #dropAlias({ alias, hash }: KeyRecord): void {
    if (alias === null) return;
    const found = this.#byAlias.get(alias);
    if (found instanceof Set) {
      found.delete(hash);
      if (found.size === 0) this.#byAlias.delete(alias);
    } else if (found === hash) this.#byAlias.delete(alias);
  }
}
