import t from 'tap';
import { createMemoryCounters } from '../../../core/stores/counters/memory.ts';
import type { LedgerSpend, Reservation } from '../../../sdk/counters.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { budget, harness, identity } from './harness.ts';

/** What of the ledger each budget of a request counts, by the counter's key. */
async function told(
  file: Readonly<Record<string, unknown>>,
  who = identity(),
): Promise<{ readonly seen: Record<string, LedgerSpend | undefined>; readonly nowMs: number }> {
  const clock = new FakeClock();
  const memory = createMemoryCounters({ clock });
  const seen: Record<string, LedgerSpend | undefined> = {};
  const counters = {
    ...memory,
    admit(id: string, reservations: readonly Reservation[], ttlMs: number) {
      for (const one of reservations) if (one.kind === 'budget') seen[one.key] = one.ledger;
      return memory.admit(id, reservations, ttlMs);
    },
  };
  const { request } = await harness({ file, clock, counters });
  const driven = request({ identity: who });
  await driven.start();
  await driven.attempt('cheap');
  return { seen, nowMs: clock.now() };
}

t.test('budgets of keys and tenants say whose spending they count, and from when', async (t) => {
  const startsAtMs = Date.UTC(2026, 0, 1);
  const own = { ...budget(1e12)!, startsAtMs };
  const { seen } = await told({}, identity({ budget: own, tokensPerDay: 1e6 }, { budget: own }));
  const untilMs = own.resetsAtMs!;
  t.match(seen['usd|key|k1|2026-01'], {
    quantity: 'usd',
    scope: { keyId: 'k1', sinceMs: startsAtMs, untilMs },
    countedSinceMs: null,
  });
  t.match(seen['usd|tenant|acme|2026-01'], { scope: { tenantId: 'acme', sinceMs: startsAtMs, untilMs } });
  const day = Object.entries(seen).find(([key]) => key.startsWith('tokens|key|k1|day|'))?.[1];
  t.match(day, { quantity: 'tokens', scope: { keyId: 'k1' } });
  t.equal(day!.scope.untilMs! - day!.scope.sinceMs!, 86_400_000);
  const unknown = await told({}, identity({ budget: budget(1e12) }));
  t.equal(unknown.seen['usd|key|k1|2026-01'], undefined, 'where nobody says when the window began');
});

t.test('entries of limits say their scope; those of models and providers count attempts', async (t) => {
  const per = 'month';
  const { seen, nowMs } = await told(
    {
      limits: [
        { by: 'feature', per, usd: 1e3 },
        { by: 'user', per, output_tokens: 1e9 },
        { by: 'global', per: 'total', input_tokens: 1e9 },
        { by: 'model', per, requests: 1e9 },
        { by: 'provider', per, usd: 1e3 },
      ],
    },
    identity({}, null, { feature: 'chat', user: 'u1' }),
  );
  const ofKey = (head: string) => Object.entries(seen).find(([key]) => key.startsWith(head))?.[1];
  const month = { sinceMs: Date.UTC(new Date(nowMs).getUTCFullYear(), new Date(nowMs).getUTCMonth()) };
  t.match(ofKey('usd|feature|'), {
    quantity: 'usd',
    scope: { tenantId: 'acme', featureId: 'chat', ...month },
    countedSinceMs: nowMs,
  });
  t.match(ofKey('output_tokens|user|'), {
    quantity: 'output_tokens',
    scope: { tenantId: 'acme', userId: 'u1', ...month },
  });
  t.strictSame(ofKey('input_tokens|global|')?.scope, { sinceMs: 0 });
  t.match(ofKey('requests|model|'), { quantity: 'attempts', scope: { model: 'up/cheap' } });
  t.match(ofKey('usd|provider|'), { quantity: 'usd', scope: { provider: 'up' } });
});
