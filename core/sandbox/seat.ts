import type { CallFrame } from './frame.ts';
import type { FromWorker, ToWorker } from './message.ts';
import type { ModuleEntry } from './module-entry.ts';
import type { GuestCall, GuestFailed, GuestReturned } from './sandbox.ts';
import { Thread, type ThreadSetup } from './thread.ts';

/** A call waiting for its answer. */
export interface Job {
  readonly entry: ModuleEntry;
  readonly call: GuestCall;
  readonly seedA: number;
  readonly seedB: number;
  readonly resolve: (result: GuestReturned | GuestFailed) => void;
  readonly reject: (error: unknown) => void;
  small: string | undefined;
  done: boolean;
  /** Index of the large fact that the last attempt missed, -1 for none. */
  missed: number;
}

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
  /** By the id of the dispatch: a job that was moved to another thread is in two seats. */
  readonly inFlight = new Map<number, Job>();
  readonly loads = new Map<number, LoadJob>();
  readonly has = new Map<number, 'loading' | 'ready'>();
  /** One call has been running for a while: nothing new is sent here. */
  stuck = false;
  #outbox: ToWorker[] = [];
  #seenStarts = -1;
  #seenAtMs = 0;

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
    if (this.loads.size > 0) cost += 100;
    if (this.stuck) cost += 1000;
    return cost;
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
  send(call: CallFrame): boolean {
    return this.flush() && this.thread.sendCall(call);
  }

  /** Sends what had no room before; true when nothing is left. */
  flush(): boolean {
    while (this.#outbox.length > 0) {
      if (!this.thread.sendControl(this.#outbox[0] as ToWorker)) return false;
      this.#outbox.shift();
    }
    return true;
  }

  /** How long the thread has been busy with what it runs now, as far as the watchdog has seen; 0 when idle. */
  watch(nowMs: number): number {
    const { running, starts } = this.thread;
    if (running === 0 || starts !== this.#seenStarts) {
      this.#seenStarts = starts;
      this.#seenAtMs = nowMs;
      this.stuck = false;
      return 0;
    }
    return nowMs - this.#seenAtMs;
  }

  #control(message: ToWorker): void {
    this.#outbox.push(message);
    this.flush();
  }
}
