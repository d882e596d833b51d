import type { Clock } from '../../sdk/services.ts';
import { type Failure, failure } from './fault.ts';
import type { FromWorker } from './message.ts';
import { type ModuleEntry, newModuleEntry, parsePlan } from './module-entry.ts';
import type { GuestFailed, GuestLimits, GuestLoaded, GuestLog, GuestModule } from './sandbox.ts';
import type { LoadJob, Seat } from './seat.ts';

export interface ModuleTableOptions {
  readonly clock: Clock;
  readonly defaultLimits: GuestLimits | undefined;
  readonly seats: () => readonly Seat[];
  readonly failed: (why: Failure, logs: readonly GuestLog[]) => GuestFailed;
}

const NO_LOGS: readonly GuestLog[] = [];

/** The modules that are loaded or being loaded, and which threads hold them. */
export class ModuleTable {
  readonly #options: ModuleTableOptions;
  readonly #byKey = new Map<string, ModuleEntry>();
  readonly #waiters = new Map<ModuleEntry, (result: GuestLoaded | GuestFailed) => void>();
  #nextModuleId = 1;
  #nextLoadId = -1;

  constructor(options: ModuleTableOptions) {
    this.#options = options;
  }

  get(key: string): ModuleEntry | undefined {
    return this.#byKey.get(key);
  }

  load(module: GuestModule): Promise<GuestLoaded | GuestFailed> {
    const known = this.#byKey.get(module.key);
    if (known !== undefined) return known.loaded;
    let settle: (result: GuestLoaded | GuestFailed) => void = () => {};
    const loaded = new Promise<GuestLoaded | GuestFailed>((resolve) => {
      settle = resolve;
    });
    const { clock, defaultLimits } = this.#options;
    const entry = newModuleEntry(module, this.#nextModuleId++, clock.now(), defaultLimits, loaded);
    this.#byKey.set(module.key, entry);
    this.#waiters.set(entry, settle);
    const seat = this.#leastLoaded();
    if (seat === undefined) this.fail(entry, failure('unavailable', 'the sandbox threads do not start'));
    else this.loadInto(seat, entry, true);
    return loaded;
  }

  /** The thread where a call of the module waits least. */
  best(entry: ModuleEntry): Seat | undefined {
    if (entry.confinedTo >= 0) return this.#options.seats()[entry.confinedTo];
    let best: Seat | undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (const seat of this.#options.seats()) {
      const cost = seat.cost(entry.moduleId);
      if (cost >= lowest) continue;
      lowest = cost;
      best = seat;
    }
    return best;
  }

  /** Where to try a new module. Of equals the last, since calls go to the first: the two keep out of each other's way. */
  #leastLoaded(): Seat | undefined {
    let best: Seat | undefined;
    for (const seat of this.#options.seats()) {
      if (best === undefined || seat.loadCost() <= best.loadCost()) best = seat;
    }
    return best;
  }

  /** Load ids are negative, so that no call has the same. */
  loadInto(seat: Seat, entry: ModuleEntry, first: boolean): void {
    seat.load(this.#nextLoadId--, { entry, first });
  }

  loaded(seat: Seat, load: LoadJob, message: Extract<FromWorker, { type: 'loaded' }>): void {
    const { entry } = load;
    const { moduleId } = entry;
    if (message.plan === undefined) seat.has.delete(moduleId);
    else if (seat.has.has(moduleId)) seat.has.set(moduleId, 'ready');
    if (!load.first) return;
    if (message.plan === undefined) {
      this.fail(entry, message.failure ?? failure('error', 'the load ended without a reason'), message.logs);
      return;
    }
    try {
      const plan = parsePlan(message.plan);
      entry.ready = true;
      this.#settle(entry, { ok: true, plan, logs: message.logs });
    } catch (error) {
      this.fail(
        entry,
        failure('error', error instanceof Error ? error.message : String(error)),
        message.logs,
      );
    }
    if (entry.released) this.drop(entry);
  }

  /** The load failed, for whatever reason: the module is unknown again. */
  fail(entry: ModuleEntry, why: Failure, logs: readonly GuestLog[] = NO_LOGS): void {
    if (this.#byKey.get(entry.key) === entry) this.#byKey.delete(entry.key);
    this.drop(entry);
    const fault = why.fault === 'unavailable' ? why.fault : 'reject-load';
    this.#settle(entry, this.#options.failed({ ...why, fault }, logs));
  }

  failAll(why: Failure): void {
    for (const entry of [...this.#waiters.keys()]) this.fail(entry, why);
  }

  /** The first call of a module came back: it is called at all, so the other threads get it too. */
  spread(entry: ModuleEntry): void {
    if (entry.spread || entry.released || entry.confinedTo >= 0) return;
    entry.spread = true;
    for (const seat of this.#options.seats()) {
      if (!seat.has.has(entry.moduleId)) this.loadInto(seat, entry, false);
    }
  }

  /** Gives a new thread what the old one held, apart from what it already has. */
  restore(old: Seat, fresh: Seat): void {
    for (const entry of this.#byKey.values()) {
      const held = old.has.get(entry.moduleId) === 'ready' && entry.ready;
      if (held && !fresh.has.has(entry.moduleId)) this.loadInto(fresh, entry, false);
    }
  }

  release(key: string): void {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return;
    entry.released = true;
    this.#byKey.delete(key);
    if (entry.open === 0 && entry.ready) this.drop(entry);
  }

  /** Frees the instances in all threads. */
  drop(entry: ModuleEntry): void {
    for (const seat of this.#options.seats()) seat.release(entry.moduleId);
  }

  #settle(entry: ModuleEntry, result: GuestLoaded | GuestFailed): void {
    const settle = this.#waiters.get(entry);
    this.#waiters.delete(entry);
    settle?.(result);
  }
}
