import { createHash } from 'node:crypto';

interface Entry {
  readonly categories: readonly string[];
  readonly untilMs: number;
}

/** Judgements of texts that came before. Holds hashes, no text; the one that was used longest ago goes first. */
export class VerdictCache {
  readonly #ttlMs: number;
  readonly #maxEntries: number;
  readonly #entries = new Map<string, Entry>();

  constructor(ttlMs: number, maxEntries: number) {
    this.#ttlMs = ttlMs;
    this.#maxEntries = maxEntries;
  }

  /** Each tenant has its own: how fast an answer comes must not tell what another one asked. */
  static key(tenantId: string, text: string): string {
    return createHash('sha256')
      .update(JSON.stringify([tenantId, text]))
      .digest('base64url');
  }

  /** @param nowMs reading of the monotonic clock. */
  get(key: string, nowMs: number): readonly string[] | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    this.#entries.delete(key);
    if (entry.untilMs <= nowMs) return null;
    this.#entries.set(key, entry);
    return entry.categories;
  }

  set(key: string, categories: readonly string[], nowMs: number): void {
    if (this.#maxEntries === 0) return;
    this.#entries.delete(key);
    if (this.#entries.size >= this.#maxEntries) {
      const [oldest] = this.#entries.keys();
      this.#entries.delete(oldest!);
    }
    this.#entries.set(key, { categories, untilMs: nowMs + this.#ttlMs });
  }

  get size(): number {
    return this.#entries.size;
  }
}
