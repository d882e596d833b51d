import type { CounterState, Counters } from '../../../../sdk/counters.ts';
import { budget, concurrent, rate } from './reservations.ts';

/** One call costs this much at most, and the budget is for seven of them. */
export const callAmount = 1000;
export const callsInBudget = 7;

export interface CrowdResult {
  readonly admitted: number;
  readonly refused: number;
  /** What was booked. */
  readonly spent: number;
  /** The most that was ever seen spent and held together. */
  readonly peak: number;
}

/**
 * Two hundred requests at once, spread over gateways. Some fail, some are aborted, some settle twice; a fifth uses all
 * it holds. Between any two steps somebody looks at the shared counter.
 *
 * @param gateways clients of the same store.
 * @param random numbers in [0, 1), the same for the same seed.
 */
export async function crowd(gateways: readonly Counters[], random: () => number): Promise<CrowdResult> {
  let peak = 0;
  let spent = 0;
  let admitted = 0;
  let refused = 0;
  const look = (state: CounterState | undefined) => {
    if (state !== undefined) peak = Math.max(peak, state.spent + state.held);
  };
  const limit = callAmount * callsInBudget;
  const request = async (at: number) => {
    const gateway = gateways[at % gateways.length]!;
    const held = [
      budget('key', limit, callAmount),
      budget('tenant', limit * 2, callAmount),
      rate('rpm', 10_000, 1),
      concurrent('parallel', 100),
    ];
    const admission = await gateway.admit(`request ${at}`, held, 60_000);
    look(admission.states[0]);
    if (!admission.admitted) {
      refused += 1;
      return;
    }
    admitted += 1;
    for (let steps = Math.floor(random() * 8); steps > 0; steps -= 1) {
      look((await gateways[Math.floor(random() * gateways.length)]!.read(['key']))[0]);
    }
    const ending = random();
    // Failed before the provider counted anything, aborted half-way, or complete.
    const share = ending < 0.3 ? 0 : ending < 0.8 ? ending / 2 : 1;
    const actual = Math.floor(callAmount * share);
    spent += actual;
    const settle = () => gateway.settle(`request ${at}`, held, [actual, actual, 1, 0]);
    await settle();
    if (random() < 0.2) await settle();
    look((await gateway.read(['key']))[0]);
  };
  await Promise.all(Array.from({ length: 200 }, (_, at) => request(at)));
  return { admitted, refused, spent, peak };
}

/** Numbers that look random, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
