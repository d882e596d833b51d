import { after, parseTimeSpan } from '../../sdk/budget/time-span.ts';
import { GatewayError } from '../../sdk/errors.ts';
import type { KeyRecord, KeyStore } from '../../sdk/keys.ts';
import type { Clock } from '../../sdk/services.ts';
import type { KeyDirectory } from './directory.ts';
import { type KeyPatch, patched } from './key-fields.ts';
import type { KeyFinder } from './key-finder.ts';
import { clearReplaced } from './replaced-keys.ts';
import type { NewKey } from './secret-key.ts';

export interface KeyWriterDeps {
  readonly store: KeyStore;
  readonly directory: KeyDirectory;
  readonly clock: Clock;
}

/** Tries of a change that others make at the same time. */
const maxTries = 5;

/** Changes keys in the store; once a method returns, the directory of this gateway knows. */
export class KeyWriter {
  readonly #deps: KeyWriterDeps;
  readonly #finder: KeyFinder;

  constructor(deps: KeyWriterDeps, finder: KeyFinder) {
    this.#deps = deps;
    this.#finder = finder;
  }

  /** @throws GatewayError 400 where the key or its alias is taken */
  async create(record: KeyRecord): Promise<void> {
    if (!(await this.#deps.store.put(record, null))) throw keyTaken('key');
    // A key is shown in one answer only: a directory that cannot follow at once must not cost that answer.
    await this.#deps.directory.sync().catch(() => {});
  }

  /** @throws GatewayError 404, 400 for a replaced key or a taken alias, 409 where others were faster every time */
  async change(reference: string, patch: KeyPatch): Promise<KeyRecord> {
    const holder = await this.#finder.record(reference);
    return this.#change(holder.hash, patch);
  }

  /** Deletes keys. Nothing tells a key that others deleted meanwhile: it is gone. */
  async remove(hashes: readonly string[]): Promise<void> {
    for (const hash of hashes) await this.#deps.store.delete(hash);
    await this.#deps.directory.sync();
  }

  /**
   * Puts a new secret in a key's place.
   *
   * @param grace how long the old one still works; null for not at all.
   * @throws GatewayError as `change` does; 400 where the new key is known already
   */
  async replace(reference: string, key: NewKey, patch: KeyPatch, grace: string | null): Promise<KeyRecord> {
    const holder = await this.#finder.record(reference);
    return this.#replace(holder.hash, key, patch, grace);
  }

  async #change(hash: string, patch: KeyPatch): Promise<KeyRecord> {
    const { store, directory, clock } = this.#deps;
    for (let tries = 0; tries < maxTries; tries += 1) {
      const current = await this.#finder.record(hash);
      // Of a replaced key only whether it is blocked still counts.
      const onlyBlocks = Object.keys(patch).every((name) => name === 'blocked');
      if (current.replacedBy !== null && !onlyBlocks) throw wasReplaced(current);
      const nowMs = clock.now();
      const next = { ...patched(current, patch, nowMs), updatedAtMs: laterThan(current, nowMs) };
      if (!(await store.put(next, current.updatedAtMs))) continue;
      await directory.sync();
      return next;
    }
    throw tooBusy();
  }

  async #replace(hash: string, key: NewKey, patch: KeyPatch, grace: string | null): Promise<KeyRecord> {
    const { store, directory, clock } = this.#deps;
    for (let tries = 0; tries < maxTries; tries += 1) {
      const old = await this.#finder.record(hash);
      if (old.replacedBy !== null) throw wasReplaced(old);
      const nowMs = clock.now();
      const line = { ...old, hash: key.hash, name: key.name };
      const record = { ...patched(line, patch, nowMs), updatedAtMs: nowMs };
      // The new one first: should this process die in between, the old one still works and nobody has the new one.
      if (!(await store.put(record, null))) throw keyTaken('new_key');
      const untilMs = grace === null ? nowMs : after(parseTimeSpan(grace)!, nowMs);
      const retired = { ...old, alias: null, replacedBy: { hash: key.hash, untilMs } };
      // Where this throws the store may have written all the same, so the new key stays: the old one may lead to it.
      const done = await store.put({ ...retired, updatedAtMs: laterThan(old, nowMs) }, old.updatedAtMs);
      if (!done) {
        await store.delete(key.hash);
        continue;
      }
      await directory.sync().catch(() => {});
      await clearReplaced(this.#deps);
      return record;
    }
    throw tooBusy();
  }
}

function laterThan(record: KeyRecord, nowMs: number): number {
  return Math.max(nowMs, record.updatedAtMs + 1);
}

function keyTaken(param: string): GatewayError {
  return new GatewayError('invalid_request', `${param}: expected a new key; this one is known already`, {
    param,
  });
}

function wasReplaced({ replacedBy }: KeyRecord): GatewayError {
  return new GatewayError(
    'invalid_request',
    `key: expected a key that is in use; this one was replaced; use the token of the new one: ${replacedBy?.hash}`,
    { param: 'key' },
  );
}

function tooBusy(): GatewayError {
  return new GatewayError(
    'invalid_request',
    `expected to change the key; others changed it ${maxTries} times meanwhile; try again`,
    { status: 409 },
  );
}
