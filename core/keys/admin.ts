import type { Json, JsonObject } from '../../sdk/json.ts';
import type { KeyRecord } from '../../sdk/keys.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import { durationOrNone, FieldProblem, type FieldReader } from './field.ts';
import { keyAnswer, spendAnswer } from './key-answer.ts';
import { patched, readRequest, refuse } from './key-fields.ts';
import { KeyFinder, keyReference, keyReferences } from './key-finder.ts';
import { listKeys } from './key-list.ts';
import type { KeySpend } from './key-spend.ts';
import { KeyWriter, type KeyWriterDeps } from './key-writer.ts';
import { isOwnKey, keptKey, makeKey, type NewKey } from './secret-key.ts';

export interface KeyAdminDeps extends KeyWriterDeps {
  /** By which windows of budgets go: the `SteadyTime` of the counters. The clock by default. */
  readonly windowTime?: { now(): number };
  /** What a key has spent, and what is held; answers leave it out where it is not given. */
  readonly spend?: (record: KeyRecord) => MaybePromise<KeySpend>;
}

const ownKey: FieldReader<string> = (value) => {
  if (typeof value === 'string' && isOwnKey(value)) return value;
  throw new FieldProblem('sk- and 16 to 200 letters, digits and _ . ~ -', 'something else');
};

/**
 * The operations behind `/key/*`. Each takes the body of its route and gives the body of the answer.
 *
 * All throw GatewayError: 400 that names everything that is wrong with the body, 404 for a key that is not known, 409
 * where others changed the key again and again, 503 where the store cannot be reached; after a 503 a change may or may
 * not have been made.
 */
export class KeyAdmin {
  readonly #deps: KeyAdminDeps;
  readonly #finder: KeyFinder;
  readonly #writer: KeyWriter;

  constructor(deps: KeyAdminDeps) {
    this.#deps = deps;
    this.#finder = new KeyFinder(deps.store, deps.directory);
    this.#writer = new KeyWriter(deps, this.#finder);
  }

  /** Makes a key. Its answer is the only place where the key itself is shown. */
  async generate(body: JsonObject): Promise<JsonObject> {
    const { patch, own } = readRequest(body, { key: ownKey }, true);
    const key = own.key === undefined ? makeKey() : keptKey(own.key);
    const nowMs = this.#deps.clock.now();
    const record = patched(blank(key, nowMs), patch, nowMs);
    await this.#writer.create(record);
    return { ...this.#shown(key, record), duration: patch.duration ?? null, spend: 0 };
  }

  /** Changes what the body names. */
  async update(body: JsonObject): Promise<JsonObject> {
    const { patch, own } = readRequest(body, { key: keyReference }, true);
    return this.#answer(await this.#writer.change(required(own.key), patch));
  }

  async block(body: JsonObject): Promise<JsonObject> {
    return this.#answer(await this.#writer.change(referenceOf(body), { blocked: true }));
  }

  async unblock(body: JsonObject): Promise<JsonObject> {
    return this.#answer(await this.#writer.change(referenceOf(body), { blocked: false }));
  }

  /** Deletes keys; none where one of them is not known. They do not work here any more once this returns. */
  async delete(body: JsonObject): Promise<JsonObject> {
    const readers = { key: keyReference, keys: keyReferences, key_aliases: keyReferences };
    const { own } = readRequest(body, readers, false);
    const references = [own.key ?? [], own.keys ?? [], own.key_aliases ?? []].flat();
    if (references.length === 0) required(undefined);
    const hashes = (await this.#finder.records(references)).map(({ hash }) => hash);
    await this.#writer.remove(hashes);
    return { deleted_keys: hashes };
  }

  /**
   * Gives a key a new secret; budget, spend and everything else stay. The old one works on for `grace_period`, by
   * default not at all.
   */
  async regenerate(body: JsonObject): Promise<JsonObject> {
    const readers = { key: keyReference, new_key: ownKey, grace_period: durationOrNone };
    const { patch, own } = readRequest(body, readers, true);
    const reference = required(own.key);
    const key = own.new_key === undefined ? makeKey() : keptKey(own.new_key);
    const record = await this.#writer.replace(reference, key, patch, own.grace_period ?? null);
    return { ...this.#shown(key, record), duration: patch.duration ?? null };
  }

  /** One key with what it has spent. */
  async info(query: Readonly<Record<string, string>>): Promise<JsonObject> {
    const record = await this.#finder.record(referenceOf(query));
    return { key: record.hash, info: await this.#answerWithSpend(record) };
  }

  /** A page of keys, the oldest first. */
  async list(query: Readonly<Record<string, string>>): Promise<JsonObject> {
    const { full, records, ...counts } = await listKeys(query, this.#deps);
    const keys: Json[] = [];
    for (const record of records) keys.push(full ? await this.#answerWithSpend(record) : record.hash);
    return { keys, ...counts };
  }

  #answer(record: KeyRecord): JsonObject {
    const { clock, windowTime = clock } = this.#deps;
    const times = { nowMs: clock.now(), windowNowMs: windowTime.now() };
    return { key: record.hash, ...keyAnswer(record, times) };
  }

  async #answerWithSpend(record: KeyRecord): Promise<JsonObject> {
    const { spend } = this.#deps;
    const answer = this.#answer(record);
    return spend === undefined ? answer : { ...answer, ...spendAnswer(await spend(record)) };
  }

  #shown(key: NewKey, record: KeyRecord): JsonObject {
    return { ...this.#answer(record), key: key.secret.reveal(), token_id: record.hash };
  }
}

function blank({ hash, name }: NewKey, nowMs: number): KeyRecord {
  return {
    id: hash,
    hash,
    name,
    alias: null,
    tenantId: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    expiresAtMs: null,
    blocked: false,
    models: [],
    maxBudgetNanoUsd: null,
    softBudgetNanoUsd: null,
    budgetDuration: null,
    budgetStartMs: nowMs,
    rpmLimit: null,
    tpmLimit: null,
    outputTpmLimit: null,
    maxParallelRequests: null,
    dailyTokenCap: null,
    plan: null,
    region: null,
    metadata: {},
    replacedBy: null,
  };
}

function referenceOf(body: JsonObject): string {
  return required(readRequest(body, { key: keyReference }, false).own.key);
}

function required(reference: string | undefined): string {
  if (reference !== undefined) return reference;
  return refuse([
    { param: 'key', message: 'key: expected a key (sk-…), its token or its alias; came nothing' },
  ]);
}
