import { Flights } from './flights.ts';
import type { CallFrame } from './frame.ts';
import type { Job } from './job.ts';
import { WATCH_MS } from './limits.ts';
import type { FromWorker, ToWorker } from './message.ts';
import type { ModuleEntry } from './module-entry.ts';
import { Thread, type ThreadSetup } from './thread.ts';

/** A module being loaded into one thread; `first` when it is the load that the caller waits for. */
export interface LoadJob {
  readonly entry: ModuleEntry;
  readonly first: boolean;
}

export interface SeatEvents {
  message(seat: Seat, message: FromWorker): void;
  died(seat: Seat, reason: string): void;
}

/** One thread of the pool, with what was sent to it and not answered yet. */
export class Seat {
  readonly index: number;
  readonly thread: Thread;
  readonly inFlight = new Flights();
  readonly loads = new Map<number, LoadJob>();
  readonly has = new Map<number, 'loading' | 'ready'>();
  /** One call has been running for a while: nothing new is sent here. */
  stuck = false;
  #outbox: ToWorker[] = [];
  #seenStarts = -1;
  #seenTicks = -1;
  #seenAtMs = 0;
  #ranMs = 0;
  #silentMs = 0;

  constructor(index: number, setup: ThreadSetup, events: SeatEvents) {
    this.index = index;
    this.thread = new Thread(setup, {
      message: (_thread, message) => events.message(this, message),
      died: (_thread, reason) => events.died(this, reason),
    });
  }

  /** Lower is better; what would make a call wait counts most. */
  cost(moduleId: number): number {
    let cost = this.inFlight.size;
    const state = this.has.get(moduleId);
    if (state === undefined) cost += 16;
    else if (state === 'loading') cost += 8;
    if (!this.thread.booted) cost += 16;
    // A module that was loaded before is quick; nobody knows how long a new one takes.
    for (const load of this.loads.values()) cost += load.first ? 100 : 4;
    if (this.stuck) cost += 1000;
    return cost;
  }

  /** Lower is better for loading something new. */
  loadCost(): number {
    return this.inFlight.size + this.loads.size + (this.stuck ? 1000 : 0);
  }

  load(id: number, job: LoadJob): void {
    const { moduleId, module, nowMs } = job.entry;
    this.loads.set(id, job);
    this.has.set(moduleId, 'loading');
    this.#control({ type: 'load', id, moduleId, module, nowMs });
  }

  release(moduleId: number): void {
    if (this.has.delete(moduleId)) this.#control({ type: 'release', moduleId });
  }

  /** False when there is no room now. */
  send(call: CallFrame, job: Job, sent: number): boolean {
    const at = this.flush() ? this.thread.sendCall(call) : -1;
    if (at >= 0) this.inFlight.set(call.id, { job, sent, at });
    return at >= 0;
  }

  /** Takes back what the thread has not begun. */
  recall(which: (job: Job) => boolean): Job[] {
    const recalled: Job[] = [];
    for (const [id, { job, at }] of this.inFlight) {
      if (!which(job) || !this.thread.cancel(at, id)) continue;
      this.inFlight.delete(id);
      recalled.push(job);
    }
    return recalled;
  }

  /** Sends what had no room before; true when nothing is left. */
  flush(): boolean {
    while (this.#outbox.length > 0) {
      if (!this.thread.sendControl(this.#outbox[0] as ToWorker)) return false;
      this.#outbox.shift();
    }
    return true;
  }

  /**
   * How long the thread has been busy with what it runs now, as far as the watchdog has seen; 0 when idle. A pause
   * of the whole machine counts as one look, so that it kills nobody.
   */
  watch(nowMs: number): number {
    const { running, starts, ticks } = this.thread;
    const sinceMs = Math.min(nowMs - this.#seenAtMs, 3 * WATCH_MS);
    this.#seenAtMs = nowMs;
    if (running === 0 || starts !== this.#seenStarts) {
      this.#seenStarts = starts;
      this.#ranMs = 0;
      this.stuck = false;
    } else {
      this.#ranMs += sinceMs;
    }
    this.#silentMs = this.#ranMs === 0 || ticks !== this.#seenTicks ? 0 : this.#silentMs + sinceMs;
    this.#seenTicks = ticks;
    return this.#ranMs;
  }

  /** How long what runs has given the engine no chance to stop it, as far as `watch` has seen. */
  get silentMs(): number {
    return this.#silentMs;
  }

  #control(message: ToWorker): void {
    this.#outbox.push(message);
    this.flush();
  }
}
