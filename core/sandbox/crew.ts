import { availableParallelism } from 'node:os';
import type { Cancel, Clock, Log } from '../../sdk/services.ts';
import { type Failure, failure } from './fault.ts';
import type { Answer } from './frame.ts';
import type { Job } from './job.ts';
import * as limits from './limits.ts';
import type { FromWorker } from './message.ts';
import { type LoadJob, Seat } from './seat.ts';
import type { ThreadSetup } from './thread.ts';

export interface CrewOptions {
  readonly setup: () => ThreadSetup;
  readonly workers: number;
  readonly hardKillMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** What ran in a thread when it ended. */
export interface Casualty {
  /** Index of its seat. */
  readonly index: number;
  readonly job: Job | undefined;
  readonly load: LoadJob | undefined;
  readonly why: Failure;
}

export interface CrewEvents {
  answer(seat: Seat, answer: Answer): void;
  loaded(seat: Seat, load: LoadJob, message: Extract<FromWorker, { type: 'loaded' }>): void;
  /** Answers were taken or threads changed: there may be room for waiting calls. */
  room(): void;
  /** One call runs for a while; the others of that thread had better go elsewhere. */
  stuck(seat: Seat): void;
  /** `fresh` took the place of `old`, whose calls and loads (all but the casualty) wait to be sent again. */
  replaced(old: Seat, fresh: Seat, casualty: Casualty): void;
  /** Threads do not start; nothing runs until the next attempt. */
  grounded(casualty: Casualty): void;
}

/** The sandbox's threads: starts them, listens for answers, kills what does not stop, starts them again. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #events: CrewEvents;
  seats: Seat[] = [];
  kills = 0;
  #bootFailures = 0;
  #polling = false;
  /** With one processor, looking for an answer keeps the thread from making it. */
  readonly #pollTurns = availableParallelism() > 1 ? limits.POLL_TURNS : 0;
  #turns = 0;
  #closed = false;
  #watch: Cancel | undefined;
  #retry: Cancel | undefined;

  constructor(options: CrewOptions, events: CrewEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** Starts the threads that are missing. */
  start(): void {
    if (this.#closed || this.#retry !== undefined) return;
    for (let index = this.seats.length; index < this.#options.workers; index++)
      this.seats.push(this.#spawn(index));
  }

  /** To be called after something was sent: looks for answers until all are in. */
  listen(): void {
    this.#watch ??= this.#options.clock.after(limits.WATCH_MS, () => this.#look());
    if (this.#polling) return;
    if (this.seats.some((seat) => seat.inFlight.size > 0)) {
      this.#polling = true;
      setImmediate(this.#begin);
    } else {
      this.#hold();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watch?.();
    this.#retry?.();
    const seats = this.seats;
    this.seats = [];
    await Promise.all(seats.map((seat) => seat.thread.end()));
  }

  /** The turn's calls are all sent: wakes their threads, once each. */
  readonly #begin = (): void => {
    this.#turns = this.#pollTurns;
    for (const seat of this.seats) {
      if (seat.inFlight.size === 0) continue;
      seat.thread.wake();
      if (!seat.thread.wasAsleep) this.#turns = 0;
    }
    this.#poll();
  };

  // Looking at shared memory from a few turns of the event loop costs less than being woken, and other work goes
  // on in between; after that the thread's notification wakes us.
  readonly #poll = (): void => {
    let waiting = false;
    let got = false;
    for (const seat of this.seats) {
      seat.thread.wake();
      if (this.#take(seat)) got = true;
    }
    if (got) this.#events.room();
    for (const seat of this.seats) if (seat.inFlight.size > 0) waiting = true;
    if (!waiting) {
      this.#polling = false;
      this.#hold();
      return;
    }
    this.#turns = got ? 0 : this.#turns + 1;
    if (this.#turns <= this.#pollTurns) {
      setImmediate(this.#poll);
      return;
    }
    for (const seat of this.seats) {
      if (seat.inFlight.size > 0 && !seat.thread.wakeOnAnswer(this.#woken)) {
        this.#turns = 0;
        setImmediate(this.#poll);
        return;
      }
    }
    this.#polling = false;
    this.#hold();
  };

  readonly #woken = (): void => {
    if (this.#polling || this.#closed) return;
    this.#polling = true;
    this.#turns = 0;
    this.#poll();
  };

  #take(seat: Seat): boolean {
    let got = false;
    for (let answer = seat.thread.take(); answer !== undefined; answer = seat.thread.take()) {
      got = true;
      this.#events.answer(seat, answer);
    }
    return got;
  }

  /** Threads that owe something keep the process alive. */
  #hold(): void {
    for (const seat of this.seats) seat.thread.hold(seat.inFlight.size > 0 || seat.loads.size > 0);
  }

  #spawn(index: number): Seat {
    return new Seat(index, this.#options.setup(), {
      message: (seat, message) => this.#message(seat, message),
      died: (seat, reason) => this.#died(seat, reason),
    });
  }

  #message(seat: Seat, message: FromWorker): void {
    if (message.type === 'ready') {
      this.#bootFailures = 0;
    } else if (message.type === 'answer') {
      this.#events.answer(seat, message.answer);
    } else {
      const load = seat.loads.get(message.id);
      seat.loads.delete(message.id);
      if (load !== undefined) this.#events.loaded(seat, load, message);
    }
    this.#events.room();
    if (!this.#polling) this.#hold();
  }

  /** The watchdog. Counts from the start of a run, not from its queueing: the thread marks what it runs. */
  #look(): void {
    this.#watch = undefined;
    if (this.#closed) return;
    const nowMs = this.#options.clock.monotonic();
    for (const seat of [...this.seats]) {
      const ranMs = seat.watch(nowMs);
      const { running } = seat.thread;
      if (ranMs === 0 || running === 0) continue;
      const limitMs = this.#limitMs(seat, running);
      if (seat.silentMs >= limitMs || ranMs >= limitMs * limits.KILL_ANYWAY)
        this.#kill(seat, running, limitMs);
      else if (ranMs >= limits.WATCH_MS && !seat.stuck) {
        seat.stuck = true;
        this.#events.stuck(seat);
      }
    }
    if (this.seats.some((seat) => seat.inFlight.size > 0 || seat.loads.size > 0)) {
      this.#watch ??= this.#options.clock.after(limits.WATCH_MS, () => this.#look());
    }
  }

  #limitMs(seat: Seat, running: number): number {
    if (seat.loads.has(running)) return limits.LOAD_KILL_MS;
    // A module that was given more time than usual gets the chance to be stopped softly first.
    const softMs = seat.inFlight.get(running)?.job.entry.module.limits.ms ?? 0;
    return Math.max(this.#options.hardKillMs, softMs * 2);
  }

  #kill(seat: Seat, running: number, limitMs: number): void {
    this.kills += 1;
    const why = failure('cpu', `ran for ${limitMs} ms without a chance to stop it; its thread was killed`);
    this.#replace(seat, this.#casualty(seat, running, why));
  }

  #died(seat: Seat, reason: string): void {
    if (this.#closed || this.seats[seat.index] !== seat) return;
    this.#options.log.error({ reason }, 'a sandbox thread died');
    const why = failure(/memory/i.test(reason) ? 'memory' : 'error', `the sandbox thread died: ${reason}`);
    const casualty = this.#casualty(seat, seat.thread.running, why);
    this.#bootFailures = seat.thread.booted ? 0 : this.#bootFailures + 1;
    if (this.#bootFailures < limits.MAX_BOOT_FAILURES) {
      this.#replace(seat, casualty);
      return;
    }
    this.#events.grounded(casualty);
    for (const other of this.seats) void other.thread.end();
    this.seats = [];
    this.#retry ??= this.#options.clock.after(limits.BOOT_RETRY_MS, () => {
      this.#retry = undefined;
      this.start();
      this.#events.room();
    });
  }

  #casualty(seat: Seat, running: number, why: Failure): Casualty {
    const job = seat.inFlight.get(running)?.job;
    const load = seat.loads.get(running);
    const entry = job?.entry ?? load?.entry;
    seat.inFlight.delete(running);
    seat.loads.delete(running);
    if (entry !== undefined) seat.has.delete(entry.moduleId);
    return { index: seat.index, job, load, why };
  }

  #replace(seat: Seat, casualty: Casualty): void {
    this.#take(seat);
    void seat.thread.end();
    const fresh = this.#spawn(seat.index);
    this.seats[seat.index] = fresh;
    this.#events.replaced(seat, fresh, casualty);
    this.listen();
  }
}
