import type { Failure } from '../../sdk/provider.ts';
import type { RoutePlan } from '../../sdk/route.ts';
import type { FailureKind, Target } from '../../sdk/target.ts';
import { keysWaitMs } from '../health/keys.ts';
import type { AttemptsDeps } from './ask.ts';
import { EnteredHealth } from './attempt-health.ts';
import type { Exchange } from './exchange.ts';

/** A target whose turn it is. Its health has been entered: whoever takes it makes a call or says `left`. */
export interface Candidate {
  readonly target: Target;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  readonly health: EnteredHealth;
}

/** Goes along the targets of a plan, once: says which is next, and notes those that are passed over. */
export class PlanWalk {
  readonly #x: Exchange;
  readonly #plan: RoutePlan;
  readonly #deps: AttemptsDeps;
  readonly #startedMs: number;
  /** Kinds of the failures so far. */
  readonly #seen = new Set<FailureKind>();
  #place = 0;
  #attempts = 0;
  #waitMs: number | null = null;

  constructor(x: Exchange, plan: RoutePlan, deps: AttemptsDeps) {
    this.#x = x;
    this.#plan = plan;
    this.#deps = deps;
    this.#startedMs = x.elapsedMs();
  }

  /** Milliseconds until the first of those that were passed over may be asked again; null where none was. */
  get waitMs(): number | null {
    return this.#waitMs;
  }

  /**
   * The next target to ask; null when there is none left.
   *
   * @param last the failure so far; null where nothing was asked yet.
   */
  next(last: Failure | null): Candidate | null {
    const { targets, conditions } = this.#plan;
    if (last !== null) this.#seen.add(last.kind);
    while (this.#place < targets.length) {
      const place = this.#place;
      const target = targets[place]!;
      const condition = conditions[place] ?? null;
      this.#place += 1;
      if (place > 0 && !this.#leadsTo(condition, last)) continue;
      if (last !== null && !this.#inTime()) {
        this.#passOver(target, 'the delay budget is spent');
        continue;
      }
      const candidate = this.again(target);
      if (candidate !== null) return candidate;
    }
    return null;
  }

  /** The same target once more; null where it must not be asked now. */
  again(target: Target): Candidate | null {
    const { health } = this.#x.services;
    const rule = this.#plan.failover.breaker ?? null;
    const restMs = rule === null ? 0 : this.#keysWait(target);
    const entered = restMs > 0 ? null : health.enter(target.id, rule, target.capacity);
    if (entered === null || entered.type === 'wait') {
      const waitMs = entered === null ? restMs : entered.retryAfterMs;
      this.#waitMs = Math.min(this.#waitMs ?? waitMs, waitMs);
      this.#passOver(target, `${reasons[entered?.why ?? 'resting']} for ${seconds(waitMs)} s`);
      return null;
    }
    this.#attempts += 1;
    return { target, attempt: this.#attempts, health: new EnteredHealth(health, target.id, entered) };
  }

  /** Whether a failure leads to a target that was not tried yet. */
  hasNext(last: Failure): boolean {
    const { targets, conditions } = this.#plan;
    for (let place = this.#place; place < targets.length; place += 1) {
      if (this.#leadsTo(conditions[place] ?? null, last)) return true;
    }
    return false;
  }

  /** Whether a retry that begins after `delayMs` is within the plan's budgets of time. */
  mayWait(delayMs: number): boolean {
    const { retry, failover } = this.#plan;
    const atMs = this.#x.elapsedMs() - this.#startedMs + delayMs;
    return atMs <= (retry.budgetMs ?? Infinity) && atMs <= (failover.delayBudgetMs ?? Infinity);
  }

  /** A target with a condition is asked after such a failure, and stays open when another one behind it fails too. */
  #leadsTo(condition: readonly FailureKind[] | null, last: Failure | null): boolean {
    if (last === null) return condition === null;
    const moves = this.#plan.chain.on.includes(last.kind);
    if (condition === null) return moves;
    const met = condition.includes(last.kind);
    return met || (moves && condition.some((kind) => this.#seen.has(kind)));
  }

  #inTime(): boolean {
    const { delayBudgetMs } = this.#plan.failover;
    return delayBudgetMs === undefined || this.#x.elapsedMs() - this.#startedMs <= delayBudgetMs;
  }

  #keysWait(target: Target): number {
    const { keyCount = 1 } = this.#deps.provider(target.provider) ?? {};
    return keyCount < 2 ? 0 : keysWaitMs(target.provider, keyCount, this.#x.services.health);
  }

  #passOver(target: Target, why: string): void {
    this.#x.recorder.passedOver.push({ target: target.id, why });
  }
}

const reasons = { open: 'breaker open', resting: 'resting', full: 'at its capacity' } as const;

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
