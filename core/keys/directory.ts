import type { KeyChanges, KeyRecord, KeyStore } from '../../sdk/keys.ts';
import type { Cancel, Clock, Log } from '../../sdk/services.ts';
import { findings, type KeyFinding } from './key-finding.ts';
import { KeyTable } from './key-table.ts';
import { hashKey } from './secret-key.ts';

export interface KeyDirectoryOptions {
  readonly store: KeyStore;
  readonly clock: Clock;
  readonly log: Log;
  /** From the end of one reading of changes to the next one. @default 1000 */
  readonly pollMs?: number;
}

/** How the directory is, for readiness, metrics and whoever must be strict. */
export interface KeyDirectoryStatus {
  /**
   * `loading`: not everything was read yet. `stale`: the store does not answer, so keys are as they were `ageMs` ago:
   * what was revoked elsewhere since then still works here.
   */
  readonly state: 'loading' | 'live' | 'stale';
  readonly keys: number;
  /** Since the last complete reading; null before the first one. */
  readonly ageMs: number | null;
}

/** Without a complete reading for so many polls the store counts as silent, though it has not failed yet. */
const stalePolls = 5;
/** Longer texts are no keys; nobody hashes them. */
const maxCredentialChars = 512;
/** A key may be replaced while the one before it still has its grace. */
const maxReplacements = 16;

const othersTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * All keys in memory, as the store's changes tell. Nothing else is ever put in, own writes neither: a reading that was
 * under way could bring back what they replaced. So whoever writes calls `sync()` afterwards.
 */
export class KeyDirectory {
  readonly #store: KeyStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #pollMs: number;
  #table = new KeyTable();
  /** While everything is read anew: what came so far. Until it is complete the old keys are served. */
  #rebuilt: KeyTable | null = null;
  #mark = 0;
  #readAtMs: number | null = null;
  #failing = false;
  /** Ends when all readings that were asked for have. They never overlap, so what comes later is never older. */
  #tail: Promise<void> = Promise.resolve();
  /** A reading that has not begun. */
  #queued: Promise<void> | null = null;
  #cancel: Cancel | null = null;
  #closed = false;

  constructor({ store, clock, log, pollMs = 1000 }: KeyDirectoryOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#pollMs = pollMs;
  }

  /** Reads all keys and goes on following. A store that is down is not an error: it is asked again and again. */
  async start(): Promise<void> {
    // Who waits on sync() hears of failures; following goes on whatever happens.
    await this.sync().catch(() => {});
    if (!this.#closed) this.#cancel = this.#clock.after(this.#pollMs, () => void this.start());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#tail;
  }

  /**
   * Reads what changed until now: whatever was written before the call is known afterwards. Calls at the same time
   * share one reading.
   *
   * @throws GatewayError 503 `store_unavailable`
   */
  sync(): Promise<void> {
    if (this.#queued === null) {
      this.#queued = this.#tail.then(() => {
        this.#queued = null;
        return this.#read();
      });
      this.#tail = this.#queued.catch(() => {});
    }
    return this.#queued;
  }

  /**
   * What a credential is worth now. A credential is hashed and its hash is looked up: no secret is ever compared, so
   * an answer's time tells nothing about the keys. Takes the same time however many keys there are.
   */
  find(credential: string): KeyFinding {
    if (credential === '' || credential.length > maxCredentialChars) return findings.unknown;
    const nowMs = this.#clock.now();
    let record = this.#table.get(hashKey(credential));
    let replacedUntilMs: number | null = null;
    for (let step = 0; record !== undefined && step <= maxReplacements; step += 1) {
      if (record.blocked) return findings.blocked;
      if (record.expiresAtMs !== null && nowMs >= record.expiresAtMs) return findings.expired;
      if (record.replacedBy === null) return { ok: true, record, replacedUntilMs };
      const { hash, untilMs } = record.replacedBy;
      if (nowMs >= untilMs) return findings.replaced;
      replacedUntilMs = Math.min(replacedUntilMs ?? untilMs, untilMs);
      record = this.#table.get(hash);
    }
    return this.status().state === 'live' ? findings.unknown : findings.unreadable;
  }

  get(hash: string): KeyRecord | undefined {
    return this.#table.get(hash);
  }

  /** The keys of an alias: one, none, or several where two gateways gave it away at the same moment. */
  withAlias(alias: string): readonly KeyRecord[] {
    return this.#table.withAlias(alias);
  }

  /** Hashes of keys that were replaced, in the order in which they became known. */
  replaced(): Iterable<string> {
    return this.#table.replaced();
  }

  status(): KeyDirectoryStatus {
    const keys = this.#table.size;
    if (this.#readAtMs === null) return { state: 'loading', keys, ageMs: null };
    const ageMs = this.#clock.monotonic() - this.#readAtMs;
    return { state: this.#failing || ageMs > stalePolls * this.#pollMs ? 'stale' : 'live', keys, ageMs };
  }

  async #read(): Promise<void> {
    try {
      let resets = 0;
      for (;;) {
        if (this.#closed) return;
        const atMs = this.#clock.monotonic();
        const page = await this.#store.changes(this.#mark);
        if (page.reset) resets += 1;
        if (resets > 1) throw new Error('the key store begins anew again and again');
        this.#apply(page);
        if (!page.more && !page.reset) {
          this.#complete(atMs);
          return;
        }
        await othersTurn();
      }
    } catch (error) {
      if (!this.#failing) {
        const keys = this.#table.size;
        this.#log.warn({ error, keys }, 'the key store cannot be read; the keys known so far are served');
      }
      this.#failing = true;
      throw error;
    }
  }

  #apply(page: KeyChanges): void {
    if (page.reset) this.#rebuilt = new KeyTable();
    this.#mark = page.mark;
    for (const table of this.#rebuilt === null ? [this.#table] : [this.#table, this.#rebuilt]) {
      for (const record of page.changed) table.put(record);
      for (const hash of page.deleted) table.delete(hash);
    }
  }

  #complete(readAtMs: number): void {
    if (this.#rebuilt !== null) this.#table = this.#rebuilt;
    this.#rebuilt = null;
    this.#readAtMs = readAtMs;
    if (this.#failing) this.#log.info({ keys: this.#table.size }, 'the key store can be read again');
    this.#failing = false;
  }
}
