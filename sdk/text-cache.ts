import { hash } from 'node:crypto';
import { BoundedMap } from './bounded-map.ts';

interface Entry<Value> {
  readonly value: Value;
  readonly untilMs: number;
}

/** What was said of texts that came before. Holds hashes, no text; the one that was used longest ago goes first. */
export class TextCache<Value> {
  readonly #ttlMs: number;
  readonly #entries: BoundedMap<Entry<Value>>;

  constructor(ttlMs: number, maxEntries: number) {
    this.#ttlMs = ttlMs;
    this.#entries = new BoundedMap(maxEntries);
  }

  /** Each tenant has its own: how fast an answer comes must not tell what another one asked. */
  static key(tenantId: string, text: string): string {
    return hash('sha256', JSON.stringify([tenantId, text]), 'base64url');
  }

  /** @param nowMs reading of the monotonic clock. */
  get(key: string, nowMs: number): Value | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    if (entry.untilMs > nowMs) return entry.value;
    this.#entries.delete(key);
    return null;
  }

  set(key: string, value: Value, nowMs: number): void {
    this.#entries.set(key, { value, untilMs: nowMs + this.#ttlMs });
  }

  get size(): number {
    return this.#entries.size;
  }
}
