import { type Casualty, Crew } from './crew.ts';
import { type Failure, failure } from './fault.ts';
import { FaultCount } from './fault-count.ts';
import type { Answer } from './frame.ts';
import { type Job, newJob } from './job.ts';
import * as limits from './limits.ts';
import { ModuleTable } from './module-table.ts';
import type { SandboxOptions } from './options.ts';
import { Quarantine } from './quarantine.ts';
import type {
  GuestCall,
  GuestFailed,
  GuestLoaded,
  GuestLog,
  GuestModule,
  GuestReturned,
  Sandbox,
  SandboxStats,
} from './sandbox.ts';
import type { Seat } from './seat.ts';
import { compiledEngine } from './wasm-file.ts';

export type { SandboxOptions };

/** Makes a sandbox. Its threads start with the first `load`; `close` ends them. */
export function createSandbox(options: SandboxOptions): Sandbox {
  return new Pool(options);
}

class Pool implements Sandbox {
  readonly #options: SandboxOptions;
  readonly #quarantine: Quarantine;
  readonly #modules: ModuleTable;
  readonly #crew: Crew;
  readonly #faults = new FaultCount();
  #queue: Job[] = [];
  #open = 0;
  #calls = 0;
  #nextId = 1;
  #closed = false;

  constructor(options: SandboxOptions) {
    if (options.largeFacts.length > 30) {
      throw new Error(
        `expected at most 30 large facts, got ${options.largeFacts.length}: send more of them as small`,
      );
    }
    const { clock, log } = options;
    this.#options = options;
    this.#quarantine = new Quarantine(clock);
    this.#crew = new Crew(
      {
        setup: () => ({ wasm: compiledEngine(), sources: options.modules, largeFacts: options.largeFacts }),
        workers: Math.max(1, options.workers ?? 2),
        hardKillMs: options.hardKillMs ?? limits.HARD_KILL_MS,
        clock,
        log,
      },
      {
        answer: (seat, answer) => this.#answer(seat, answer),
        loaded: (seat, load, message) => this.#modules.loaded(seat, load, message),
        room: () => this.#pump(),
        stuck: (seat) => this.#relieve(seat),
        replaced: (old, fresh, casualty) => this.#replaced(old, fresh, casualty),
        grounded: (casualty) => this.#grounded(casualty),
      },
    );
    this.#modules = new ModuleTable({
      clock,
      defaultLimits: options.defaultLimits,
      seats: () => this.#crew.seats,
      failed: (why, logs) => this.#faults.failed(why, logs),
    });
  }

  load(module: GuestModule): Promise<GuestLoaded | GuestFailed> {
    if (this.#closed)
      return Promise.resolve(this.#faults.failed(failure('unavailable', 'the sandbox is closed')));
    this.#crew.start();
    const loaded = this.#modules.load(module);
    this.#crew.listen();
    return loaded;
  }

  call(call: GuestCall): Promise<GuestReturned | GuestFailed> {
    this.#calls += 1;
    const entry = this.#modules.get(call.key);
    const refused = this.#refusal(call.key);
    if (refused !== undefined || entry === undefined) {
      return Promise.resolve(this.#faults.failed(refused ?? failure('unavailable', 'not loaded')));
    }
    return new Promise((resolve, reject) => {
      this.#open += 1;
      entry.open += 1;
      const job = newJob(entry, call, resolve, reject);
      if (this.#queue.length === 0 && this.#dispatch(job)) {
        this.#crew.listen();
        return;
      }
      this.#queue.push(job);
      this.#pump();
    });
  }

  release(key: string): void {
    this.#modules.release(key);
    this.#quarantine.forget(key);
  }

  stats(): SandboxStats {
    return {
      workers: this.#crew.seats.length,
      calls: this.#calls,
      kills: this.#crew.kills,
      faults: this.#faults.counts(),
      quarantined: this.#quarantine.keys(),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const why = failure('unavailable', 'the sandbox was closed');
    this.#failWaiting(() => true, why);
    this.#modules.failAll(why);
    await this.#crew.close();
  }

  #refusal(key: string): Failure | undefined {
    if (this.#closed) return failure('unavailable', 'the sandbox is closed');
    const entry = this.#modules.get(key);
    if (entry?.ready !== true)
      return failure('unavailable', `expected a loaded module, got "${key}": load it first`);
    const seconds = this.#quarantine.secondsLeft(key);
    if (seconds > 0) {
      return failure(
        'quarantined',
        `${entry.module.file} was killed too often; it runs again in ${seconds} s`,
      );
    }
    const max = this.#options.maxQueuedCalls ?? limits.MAX_QUEUED_CALLS;
    if (this.#open >= max)
      return failure('unavailable', `expected at most ${max} policy calls waiting at once`);
    return undefined;
  }

  /** Hands a call to a thread; false when it has to wait. */
  #dispatch(job: Job): boolean {
    const { entry, call } = job;
    const seat = this.#modules.best(entry);
    if (seat === undefined || seat.inFlight.size >= limits.MAX_IN_FLIGHT || !seat.flush()) return false;
    const id = this.#nextId;
    try {
      if (!seat.has.has(entry.moduleId)) this.#modules.loadInto(seat, entry, false);
      job.small ??= call.facts.small();
      const needs = entry.needs.get(call.fn) ?? 0;
      const large =
        needs === 0
          ? []
          : this.#options.largeFacts.map((path, at) =>
              (needs >> at) & 1 ? call.facts.large(path) : undefined,
            );
      const { seedA, seedB, small } = job;
      const { moduleId } = entry;
      const frame = { id, moduleId, fn: call.fn, nowMs: call.nowMs, seedA, seedB, small, large };
      if (!seat.send(frame, job, needs)) return false;
    } catch (error) {
      // Facts come from the host: their failure is a bug there, not the guest's fault.
      if (this.#end(job)) job.reject(error);
      return true;
    }
    this.#nextId = id >= 0x3fffffff ? 1 : id + 1;
    return true;
  }

  #pump(): void {
    for (let at = 0; at < this.#queue.length; ) {
      const job = this.#queue[at] as Job;
      if (job.done || this.#dispatch(job)) this.#queue.splice(at, 1);
      // A module that is confined to one thread waits for it; the others need not wait with it.
      else if (job.entry.confinedTo >= 0) at += 1;
      else break;
    }
    this.#crew.listen();
  }

  #answer(seat: Seat, answer: Answer): void {
    const flight = seat.inFlight.get(answer.id);
    seat.inFlight.delete(answer.id);
    // A call may have been failed meanwhile: its module is in quarantine, the sandbox is closing.
    if (flight === undefined || flight.job.done) return;
    const { job, sent } = flight;
    const { entry } = job;
    const { outcome } = answer;
    switch (outcome.kind) {
      case 'value':
        this.#modules.spread(entry);
        this.#return(job, outcome.text, answer);
        break;
      case 'fault':
        this.#fail(job, outcome.failure, answer.logs);
        break;
      case 'absent':
        seat.has.delete(entry.moduleId);
        this.#fail(job, failure('unavailable', `${entry.module.file} could not be loaded again`));
        break;
      case 'miss':
        this.#missed(job, sent, 1 << outcome.index);
    }
  }

  /** A large fact was read that was not sent: again with it, and from now on at once. */
  #missed(job: Job, sent: number, bit: number): void {
    const { entry, call } = job;
    if (sent & bit) {
      this.#fail(job, failure('error', 'a fact was sent and missing all the same'));
      return;
    }
    entry.needs.set(call.fn, (entry.needs.get(call.fn) ?? 0) | bit);
    if (!this.#dispatch(job)) this.#queue.unshift(job);
  }

  #return(job: Job, text: string, answer: Answer): void {
    try {
      const value = JSON.parse(text);
      if (this.#end(job)) job.resolve({ ok: true, value, fuel: answer.fuel, logs: answer.logs });
    } catch {
      this.#fail(job, failure('reject-decision', 'the result is not the JSON text that the sandbox makes'));
    }
  }

  #fail(job: Job, why: Failure, logs?: readonly GuestLog[]): void {
    if (this.#end(job)) job.resolve(this.#faults.failed(why, logs));
  }

  /** False when the call had its answer before. */
  #end(job: Job): boolean {
    if (job.done) return false;
    job.done = true;
    this.#open -= 1;
    job.entry.open -= 1;
    if (job.entry.released && job.entry.open === 0) this.#modules.drop(job.entry);
    return true;
  }

  #failWaiting(which: (job: Job) => boolean, why: Failure): void {
    const waiting = this.#queue.filter(which);
    for (const seat of this.#crew.seats) {
      waiting.push(...seat.recall(which));
      // What runs already goes on, but its answer comes too late.
      for (const { job } of seat.inFlight.values()) if (which(job)) waiting.push(job);
    }
    for (const job of waiting) this.#fail(job, why);
  }

  /** Takes what waits behind a slow call to the other threads. */
  #relieve(seat: Seat): void {
    if (this.#crew.seats.length < 2) return;
    this.#queue.unshift(...seat.recall((job) => job.entry.confinedTo < 0));
    this.#pump();
  }

  #replaced(old: Seat, fresh: Seat, casualty: Casualty): void {
    // First of all into the queue, where a quarantine finds them.
    this.#queue.unshift(...[...old.inFlight.values()].map(({ job }) => job));
    this.#charge(casualty);
    for (const load of old.loads.values()) this.#modules.loadInto(fresh, load.entry, load.first);
    this.#pump();
    // Behind the waiting calls, which have loaded what they need themselves.
    this.#modules.restore(old, fresh);
  }

  #grounded(casualty: Casualty): void {
    this.#charge(casualty);
    const why = failure('unavailable', 'the sandbox threads do not start');
    this.#failWaiting(() => true, why);
    this.#modules.failAll(why);
  }

  #charge({ index, job, load, why }: Casualty): void {
    if (load?.first) this.#modules.fail(load.entry, why);
    const entry = job?.entry ?? (load?.first ? undefined : load?.entry);
    if (job !== undefined) this.#fail(job, why);
    if (entry === undefined) return;
    entry.confinedTo = index;
    const { file } = entry.module;
    this.#options.log.warn({ file, reason: why.message }, 'policy code ended its thread');
    if (!this.#quarantine.killed(entry.key)) return;
    this.#options.log.error({ file, forMs: limits.QUARANTINE_MS }, 'policy is in quarantine');
    const kills = limits.QUARANTINE_KILLS;
    const message = `${file} had to be killed ${kills} times within a minute; it does not run for a minute`;
    this.#failWaiting((other) => other.entry === entry, failure('quarantined', message));
  }
}
