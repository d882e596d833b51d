import { hash } from 'node:crypto';
import type { Counters, Reservation } from '../../../sdk/counters.ts';
import type { Cancel, Clock, Ids } from '../../../sdk/services.ts';

/** Another gateway takes over this long after the one that ran the suite died. */
const ttlMs = 120_000;
const extendEveryMs = 30_000;

export interface LeaseServices {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly counters: () => Counters;
}

/** One stretch of time of one suite. */
export interface Slot {
  readonly suite: string;
  /** First millisecond of the stretch, since the epoch. */
  readonly startMs: number;
  readonly everyMs: number;
}

/** The right to run a suite, held by one gateway of a fleet. */
export interface Lease {
  /** @param done true where the stretch needs no other run. */
  end(done: boolean): Promise<void>;
}

/**
 * Takes the lease of a stretch: a budget with room for one among the counters, which a fleet shares. `under way` where
 * another gateway has it, `done` where one is through with it, `unknown` where the counters are out of reach and this
 * gateway would decide alone.
 */
export async function takeLease(
  { suite, startMs, everyMs }: Slot,
  { clock, ids, counters }: LeaseServices,
): Promise<Lease | 'under way' | 'done' | 'unknown'> {
  const id = `eval|${ids.request()}`;
  const name = hash('sha256', suite, 'hex').slice(0, 24);
  const wanted: Reservation[] = [
    // Kept for one stretch more, for clocks that differ.
    {
      kind: 'budget',
      key: `eval|${name}|${everyMs}|${startMs}`,
      limit: 1,
      amount: 1,
      resetsAtMs: startMs + 2 * everyMs,
    },
  ];
  const store = counters();
  const admission = await store.admit(id, wanted, ttlMs);
  if (!admission.admitted) return (admission.states[0]?.spent ?? 0) > 0 ? 'done' : 'under way';
  if (admission.degraded) {
    await store.settle(id, wanted, [0]);
    return 'unknown';
  }
  let cancel: Cancel = () => undefined;
  const keep = (): void => {
    cancel = clock.after(extendEveryMs, () => {
      // Where it cannot be extended it runs out, and at worst the suite runs twice.
      void Promise.resolve(store.extend(id, wanted, ttlMs)).catch(() => undefined);
      keep();
    });
  };
  keep();
  return {
    async end(done) {
      cancel();
      await store.settle(id, wanted, [done ? 1 : 0]);
    },
  };
}
