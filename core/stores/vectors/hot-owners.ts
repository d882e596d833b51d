import type { HotNamespace } from './hot-namespace.ts';

interface Owner {
  readonly name: string;
  /** The one used longest ago first. */
  readonly namespaces: Map<string, HotNamespace>;
  bytes: number;
  size: number;
}

/**
 * Whose namespaces take how much. Owners are kept by size, in powers of two: whoever is among the largest makes room,
 * so that one who keeps adding ends up replacing what is their own, and what others have stays.
 */
export class HotOwners {
  readonly #owners = new Map<string, Owner>();
  /** By the logarithm of their bytes; of each size, who used theirs longest ago first. */
  readonly #sizes: Set<Owner>[] = [];

  /** From now on the namespace counts for its owner, as the one used last. */
  add(namespace: HotNamespace): void {
    let owner = this.#owners.get(namespace.owner);
    if (owner === undefined) {
      owner = { name: namespace.owner, namespaces: new Map(), bytes: 0, size: 0 };
      this.#owners.set(namespace.owner, owner);
    }
    owner.namespaces.set(namespace.name, namespace);
    this.#resize(owner, namespace.bytes);
  }

  delete(namespace: HotNamespace): void {
    const owner = this.#owners.get(namespace.owner);
    if (owner?.namespaces.delete(namespace.name) !== true) return;
    this.#resize(owner, -namespace.bytes);
    if (owner.namespaces.size > 0) return;
    this.#owners.delete(owner.name);
    this.#sizes[owner.size]?.delete(owner);
  }

  /** The namespace is used. */
  touch(namespace: HotNamespace): void {
    const owner = this.#owners.get(namespace.owner)!;
    owner.namespaces.delete(namespace.name);
    owner.namespaces.set(namespace.name, namespace);
    this.#resize(owner, 0);
  }

  /** The namespace takes so many bytes more. */
  grow(namespace: HotNamespace, bytes: number): void {
    if (bytes !== 0) this.#resize(this.#owners.get(namespace.owner)!, bytes);
  }

  /**
   * The namespace that makes room: of its own owner where that is among the largest, else of the one of the largest that
   * used theirs longest ago. Of these the one used longest ago.
   */
  victim(growing: HotNamespace | null): HotNamespace | undefined {
    const own = growing === null ? undefined : this.#owners.get(growing.owner);
    for (let size = this.#sizes.length - 1; size >= 0; size -= 1) {
      const owners = this.#sizes[size] ?? [];
      for (const owner of own?.size === size ? [own, ...owners] : owners) {
        const [oldest] = owner.namespaces.values();
        // One that has nothing yet has nothing to give.
        if (oldest !== undefined && (oldest !== growing || oldest.entries.length > 0)) return oldest;
      }
    }
    return undefined;
  }

  #resize(owner: Owner, bytes: number): void {
    this.#sizes[owner.size]?.delete(owner);
    owner.bytes += bytes;
    owner.size = Math.floor(Math.log2(Math.max(1, owner.bytes)));
    const same = this.#sizes[owner.size] ?? new Set();
    this.#sizes[owner.size] = same.add(owner);
  }
}
