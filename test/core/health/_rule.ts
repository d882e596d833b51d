import { createHealth } from '../../../core/health/health.ts';
import type { BreakerRule, Health, HealthCall } from '../../../sdk/health.ts';
import type { Clock } from '../../../sdk/services.ts';

/** A rule that is easy to count with. */
export const rule: BreakerRule = {
  consecutive: 3,
  errorRatio: 0.5,
  windowMs: 10_000,
  minCalls: 10,
  cooldownMs: 1000,
};

/** Time that is set by hand, without timers: nothing here may need one. */
export class HandClock implements Clock {
  ms = 0;
  now(): number {
    return this.ms;
  }
  monotonic(): number {
    return this.ms;
  }
  after(): never {
    throw new Error('health sets no timers');
  }
}

export function healthAt(startMs = 0): { readonly health: Health; readonly clock: HandClock } {
  const clock = new HandClock();
  clock.ms = startMs;
  return { health: createHealth({ clock }), clock };
}

/** A call that must be let in. */
export function call(health: Health, id = 'a/b', given: BreakerRule | null = rule): HealthCall {
  const entered = health.enter(id, given);
  if (entered.type === 'wait') throw new Error(`expected a call; came a wait, ${entered.why}`);
  return entered;
}

/** Opens the breaker of an id. */
export function breakIt(health: Health, id = 'a/b'): void {
  for (let count = 0; count < rule.consecutive; count++) call(health, id).failed('server_error', null);
}
