import type { GatewayError } from '../../sdk/errors.ts';
import type { Cancel, Clock, Log } from '../../sdk/services.ts';
import type { LoadLimits } from '../config/config.ts';
import type { HeapGauge } from '../services/heap.ts';
import { Departures } from './departures.ts';
import { HeapGuard } from './heap-guard.ts';
import { ClientGone, type ResponseSink } from './incoming.ts';
import { draining, overloaded, type ShedReason } from './refusals.ts';

/** The log says at most so often that requests are refused. */
const logEveryMs = 10_000;

export interface GateDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly heap: HeapGauge;
  /** As the configuration has them now. */
  readonly limits: () => LoadLimits;
}

/** What `/health/ready` says of the gate. */
export interface GateState {
  readonly underWay: number;
  readonly waiting: number;
  readonly heapShare: number;
  /** Requests refused since the start. */
  readonly shed: Readonly<Record<ShedReason, number>>;
}

interface Waiter {
  readonly admit: () => void;
  readonly refuse: (error: Error) => void;
  cancel: Cancel;
}

/**
 * Lets in so many inference requests at once. What is more waits, first come first served, unread; what is more than
 * that is refused. Whoever was let in must `leave`.
 */
export class Gate {
  readonly #deps: GateDeps;
  readonly #guard: HeapGuard;
  readonly #departures = new Departures();
  readonly #waiters = new Set<Waiter>();
  readonly #shed = { queue_full: 0, queue_timeout: 0, heap: 0 };
  #underWay = 0;
  #loggedMs = -Infinity;

  constructor(deps: GateDeps) {
    this.#deps = deps;
    this.#guard = new HeapGuard(deps.clock, deps.heap);
  }

  get state(): GateState {
    // Looks at the heap where nobody did lately.
    this.#room();
    return {
      underWay: this.#underWay,
      waiting: this.#waiters.size,
      heapShare: this.#guard.share,
      shed: { ...this.#shed },
    };
  }

  /**
   * Lets a request in, at once (undefined) or when it is its turn.
   *
   * @param patienceMs longest wait, where the configuration's is not shorter.
   * @throws GatewayError 503 `overloaded`; `draining` for those that wait when `drain` is called; ClientGone.
   */
  enter(sink: Pick<ResponseSink, 'onGone'>, patienceMs: number): Promise<void> | undefined {
    const { maxConcurrent, maxQueue, queueTimeoutMs } = this.#deps.limits();
    const room = this.#room();
    if (room > 0 && this.#waiters.size === 0) {
      this.#underWay += 1;
      if (room === 1) this.#departures.full(this.#deps.clock.monotonic());
      return undefined;
    }
    if (room + this.#underWay < maxConcurrent) throw this.#refusal('heap');
    if (this.#waiters.size >= maxQueue) throw this.#refusal('queue_full');
    return this.#wait(sink, Math.min(queueTimeoutMs, patienceMs));
  }

  /** A request that was let in has ended. */
  leave(): void {
    if (this.#room() <= 0) this.#departures.note(this.#deps.clock.monotonic());
    this.#underWay -= 1;
    if (this.#waiters.size === 0) return;
    for (let room = this.#room(); room > 0; room--) {
      const [next] = this.#waiters;
      if (next === undefined) return;
      this.#forget(next);
      this.#underWay += 1;
      next.admit();
    }
  }

  /**
   * Refuses all that wait: the gateway is shutting down.
   *
   * @returns how many there were.
   */
  drain(): number {
    const waiters = [...this.#waiters];
    for (const waiter of waiters) {
      this.#forget(waiter);
      waiter.refuse(draining());
    }
    return waiters.length;
  }

  /** How many more may be under way now; 0 or less where none may. */
  #room(): number {
    const { maxConcurrent, shedAbove } = this.#deps.limits();
    return Math.min(maxConcurrent, this.#guard.limit(this.#underWay, shedAbove)) - this.#underWay;
  }

  #wait(sink: Pick<ResponseSink, 'onGone'>, waitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error: () => Error) => {
        if (this.#waiters.has(waiter)) {
          this.#forget(waiter);
          reject(error());
        }
      };
      const waiter: Waiter = {
        admit: resolve,
        refuse: reject,
        cancel: this.#deps.clock.after(waitMs, () => end(() => this.#refusal('queue_timeout'))),
      };
      this.#waiters.add(waiter);
      sink.onGone(() => end(() => new ClientGone()));
    });
  }

  #forget(waiter: Waiter): void {
    waiter.cancel();
    this.#waiters.delete(waiter);
  }

  #refusal(reason: ShedReason): GatewayError {
    this.#shed[reason] += 1;
    const { clock, log } = this.#deps;
    const nowMs = clock.monotonic();
    if (nowMs - this.#loggedMs >= logEveryMs) {
      this.#loggedMs = nowMs;
      const { underWay, waiting, heapShare, shed } = this.state;
      log.warn(
        { reason, under_way: underWay, waiting, heap_share: heapShare, shed },
        'requests are refused: the gateway is overloaded',
      );
    }
    return overloaded(reason, this.#departures.waitMs(this.#waiters.size + 1, nowMs));
  }
}
