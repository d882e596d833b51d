import type { CounterState, Hold, Reservation } from '../../../sdk/counters.ts';
import { lastArgument, letter, type RedisKeys, toNumber, toNumbers, toStates } from './redis-keys.ts';
import type { RedisLink } from './redis-link.ts';
import type { CounterScripts, Script } from './scripts.ts';

/** What Redis said to a request for a hold. */
export type RedisAdmission =
  | { readonly outcome: 'admitted'; readonly states: readonly CounterState[] }
  | {
      readonly outcome: 'refused';
      readonly index: number;
      readonly retryAfterMs: number | null;
      readonly states: readonly CounterState[];
    }
  /** The id was settled before. */
  | { readonly outcome: 'settled' }
  /** Nothing was held: these budgets are to be restored from the ledger first. */
  | { readonly outcome: 'unrestored'; readonly indexes: readonly number[] }
  /** This Redis does not have our counters: new, flushed, or restarted empty. */
  | { readonly outcome: 'empty' };

/** A budget of a call that the ledger knows. */
export interface KnownBudget {
  readonly index: number;
  /** It may have been spent from before this Redis counted it: then it must have been restored once. */
  readonly older: boolean;
}

/** The address is one node of a cluster: another client than ours would be needed for it. */
export class ClusterError extends Error {
  constructor(nodes: number) {
    super(
      `stores.counters: expected the address of one Redis; came a node of a cluster of ${nodes}. All counters lie in one hash slot, so a cluster would not spread them: name a Redis of its own, its primary or the proxy in front of it`,
    );
    this.name = 'ClusterError';
  }
}

const maxHoldsListed = 1000;
const keysPerRead = 64;
/** A script releases 64 expired holds at most: so often it may be asked to go on. */
const maxRounds = 1000;

/** The scripts as calls. Every call takes one round trip, more only where dozens of holds expired at once. */
export class RedisStore {
  readonly #link: RedisLink;
  readonly #keys: RedisKeys;
  readonly #scripts: CounterScripts;
  /** What the mark said when this node last looked. */
  #mark = '';

  constructor(link: RedisLink, keys: RedisKeys, scripts: CounterScripts) {
    this.#link = link;
    this.#keys = keys;
    this.#scripts = scripts;
  }

  /** Since when this Redis has had our counters, milliseconds since the epoch by its own clock. */
  get bornAtMs(): number {
    return Number(this.#mark);
  }

  /** @param known budgets that the ledger knows, which may have to be restored first. */
  async admit(
    id: string,
    reservations: readonly Reservation[],
    ttlMs: number,
    owner: string,
    known: readonly KnownBudget[],
  ): Promise<RedisAdmission> {
    const args: (string | number)[] = [owner, ttlMs, id, this.#mark];
    for (const reservation of reservations) {
      args.push(letter(reservation.kind), reservation.limit, reservation.amount, lastArgument(reservation));
    }
    for (const { index, older } of known) args.push(older ? index + 1 : -(index + 1));
    const answer = await this.#rounds(this.#scripts.admit, this.#keys.call(id, reservations), args);
    if (answer[0] === -4) return { outcome: 'unrestored', indexes: answer.slice(1).map((at) => at - 1) };
    if (answer[0] === -3) return { outcome: 'settled' };
    if (answer[0] === -2) return { outcome: 'empty' };
    const states = toStates(answer, 3);
    if (answer[0] === 1) return { outcome: 'admitted', states };
    const waitMs = answer[2]!;
    return { outcome: 'refused', index: answer[1]!, retryAfterMs: waitMs < 0 ? null : waitMs, states };
  }

  /** @param anyway also while the link is down. */
  async settle(
    id: string,
    reservations: readonly Reservation[],
    actuals: readonly number[],
    anyway: boolean,
  ): Promise<void> {
    const keys = this.#keys.call(id, reservations);
    const args = settleArgs('settle', id, reservations, actuals);
    if (anyway) await this.#link.runAnyway(this.#scripts.settle, keys, args);
    else await this.#link.run(this.#scripts.settle, keys, args);
  }

  /** Ends a hold as if it had never been, whether the link is up or not. The id may be admitted again. */
  async release(id: string, reservations: readonly Reservation[]): Promise<void> {
    const args = settleArgs('release', id, reservations, null);
    await this.#link.runAnyway(this.#scripts.settle, this.#keys.call(id, reservations), args);
  }

  async extend(id: string, reservations: readonly Reservation[], ttlMs: number): Promise<boolean> {
    const args: (string | number)[] = [id, ttlMs];
    for (const reservation of reservations) {
      args.push(letter(reservation.kind), reservation.amount, lastArgument(reservation));
    }
    const keys = this.#keys.call(id, reservations);
    return toNumber(await this.#link.run(this.#scripts.extend, keys, args)) === 1;
  }

  async read(keys: readonly string[]): Promise<CounterState[]> {
    const states: CounterState[] = [];
    for (let from = 0; from < keys.length; from += keysPerRead) {
      const pairs = keys.slice(from, from + keysPerRead).flatMap((key) => this.#keys.pair(key));
      states.push(...toStates(await this.#rounds(this.#scripts.read, pairs, []), 1));
    }
    return states;
  }

  /** Which budgets must be restored from the ledger before they are used. */
  async lacking(
    budgets: readonly (Pick<KnownBudget, 'older'> & { readonly key: string })[],
  ): Promise<boolean[]> {
    const marks = await this.#link.command((redis) =>
      Promise.all(budgets.map(({ key }) => redis.hget(this.#keys.pair(key)[0], 'o'))),
    );
    return (marks as unknown[]).map((mark, at) => mark === '0' || (mark === null && budgets[at]!.older));
  }

  async holds(key: string): Promise<Hold[]> {
    const answer = await this.#link.run(this.#scripts.holds, [this.#keys.holds(key)], [maxHoldsListed]);
    const found: { id: string; amount: number; expiresAtMs: number }[] = [];
    const texts = (Array.isArray(answer) ? answer : []).map(String);
    for (let at = 0; at + 1 < texts.length; at += 2) {
      const member = texts[at]!;
      const bar = member.indexOf('|');
      const amount = Number(member.slice(0, bar));
      found.push({ id: member.slice(bar + 1), amount, expiresAtMs: Number(texts[at + 1]) });
    }
    if (found.length === 0) return [];
    const records = await this.#link.command((redis) =>
      redis.mget(found.map(({ id }) => this.#keys.record(id))),
    );
    const owners = (Array.isArray(records) ? records : []).map(ownerOf);
    // One that was settled in between has no owner any more.
    return found.flatMap((hold, at) => {
      const owner = owners[at];
      return owner == null ? [] : [{ ...hold, owner }];
    });
  }

  async restore(key: string, spent: number, resetsAtMs: number | null, how: 'set' | 'raise'): Promise<void> {
    const args = [spent, resetsAtMs ?? '', how];
    await this.#link.run(this.#scripts.restore, this.#keys.pair(key), args);
  }

  /** Makes the scripts known, so that no first call has to send one. */
  async load(): Promise<void> {
    const scripts: Script[] = Object.values(this.#scripts);
    await Promise.all(scripts.map(({ lua }) => this.#link.command((redis) => redis.script('LOAD', lua))));
  }

  /**
   * Looks whether this Redis holds our counters.
   *
   * @throws ClusterError where it is one of several nodes: a key may lie on another one, today or after a resharding.
   */
  async marked(): Promise<boolean> {
    const cluster = await this.#link
      .command((redis) => redis.cluster('INFO'))
      // No cluster, or no such command here.
      .catch(() => '');
    const nodes = Number(/cluster_known_nodes:(\d+)/.exec(String(cluster))?.[1] ?? 1);
    if (nodes > 1) throw new ClusterError(nodes);
    const mark = await this.#link.command((redis) => redis.get(this.#keys.mark));
    if (mark !== null) this.#mark = String(mark);
    return mark !== null;
  }

  /** Marks it as ours from now on, unless another node was faster. */
  async setMark(): Promise<void> {
    await this.#link.command(async (redis) => {
      const [seconds, micros] = await redis.time();
      const nowMs = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
      await redis.set(this.#keys.mark, String(nowMs), 'NX');
      this.#mark = String(await redis.get(this.#keys.mark));
    });
  }

  /** Runs a script again while it says that it released what it may in one go. */
  async #rounds(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<readonly number[]> {
    for (let round = 0; round < maxRounds; round += 1) {
      const answer = toNumbers(await this.#link.run(script, keys, args));
      if (answer[0] !== -1) return answer;
    }
    throw new Error(`expected fewer than ${maxRounds * 64} expired holds on one counter`);
  }
}

function settleArgs(
  how: 'settle' | 'release',
  id: string,
  reservations: readonly Reservation[],
  actuals: readonly number[] | null,
): (string | number)[] {
  const args: (string | number)[] = [id, how];
  for (let at = 0; at < reservations.length; at += 1) {
    const reservation = reservations[at]!;
    const { kind, limit, amount } = reservation;
    args.push(letter(kind), limit, amount, lastArgument(reservation), actuals?.[at] ?? 0);
  }
  return args;
}

/** The owner in a hold's record, `H…|owner`; null in any other. */
function ownerOf(record: unknown): string | null {
  if (typeof record !== 'string' || !record.startsWith('H')) return null;
  return record.slice(record.indexOf('|') + 1);
}
