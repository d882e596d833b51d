import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createMemoryCounters, type MemoryCountersOptions } from '../../../../core/stores/counters/memory.ts';
import { FakeClock, settled } from '../../../../sdk/testing/clock.ts';
import { known, SpendingLedger } from './_ledger.ts';
import { recordingLog } from './recording-log.ts';
import { budget, rate } from './reservations.ts';

const dayMs = 86_400_000;

function stage(more: Partial<MemoryCountersOptions> = {}) {
  const clock = new FakeClock();
  const ledger = new SpendingLedger();
  const log = recordingLog();
  const counters = createMemoryCounters({ clock, restoreFrom: ledger.source(clock, log), ...more });
  return { clock, ledger, log, counters };
}

t.test('a budget is what the ledger says before the first request is admitted on it', async (t) => {
  const { ledger, counters } = stage();
  ledger.spent.set('k1', 90);
  t.match(await counters.admit('one', [known('k1', 100, 11)], 1000), {
    admitted: false,
    states: [{ spent: 90, held: 0 }],
    degraded: false,
  });
  t.match(await counters.admit('two', [known('k1', 100, 10)], 1000), { admitted: true });
  await counters.settle('two', [known('k1', 100, 10)], [4]);
  ledger.spent.set('k1', 94);
  t.match(await counters.admit('three', [known('k1', 100, 7)], 1000), {
    admitted: false,
    states: [{ spent: 94 }],
  });
  t.equal(ledger.asked.length, 1, 'asked once');
});

t.test('a program that is loaded again counts nothing twice: its counters are known', async (t) => {
  const { ledger, counters } = stage();
  const first = [known('k1', 100, 10)];
  await counters.admit('one', first, 1000);
  await counters.settle('one', first, [10]);
  ledger.spent.set('k1', 10);
  const again = [known('k1', 100, 1, 0, { countedSinceMs: 5_000_000_000_000 })];
  t.match(await counters.admit('two', again, 1000), { states: [{ spent: 10, held: 1 }] });
  t.equal(ledger.asked.length, 1);
});

t.test('requests that come together wait for one question, and none of them overshoots', async (t) => {
  const { ledger, counters } = stage();
  ledger.spent.set('k1', 70);
  const open = Promise.withResolvers<void>();
  ledger.gate = open.promise;
  const asked = Array.from({ length: 20 }, (_, at) => counters.admit(`${at}`, [known('k1', 100, 10)], 1000));
  const other = counters.admit('other', [known('k2', 100, 10), known('k3', 1, 1)], 1000);
  await settled();
  open.resolve();
  const admitted = (await Promise.all(asked)).filter((answer) => answer.admitted).length;
  t.equal(admitted, 3);
  t.ok((await other).admitted);
  t.strictSame(
    ledger.asked.map((scopes) => scopes.map(({ keyId }) => keyId)),
    [['k1'], ['k2', 'k3']],
    'what came meanwhile is asked for at once',
  );
});

t.test('while the ledger does not answer nothing is admitted, and the next one asks again', async (t) => {
  const { ledger, counters, log, clock } = stage();
  ledger.down = true;
  const ask = async (id: string) => counters.admit(id, [known('k1', 100, 10)], 1000);
  await t.rejects(ask('one'), { code: 'store_unavailable', status: 503, retryAfterMs: 1000 });
  await t.rejects(ask('two'), { code: 'store_unavailable', message: /what was spent of this budget/ });
  t.equal(log.lines.length, 1, 'logged once a minute');
  t.match(await counters.admit('other', [budget('b', 10, 1), rate('r', 10, 1)], 1000), { admitted: true });
  ledger.down = false;
  ledger.gate = new Promise(() => {});
  const hanging = ask('three');
  hanging.catch(() => {});
  await clock.advance(4000);
  await t.rejects(hanging, { code: 'store_unavailable', message: /did not answer within 4000 ms/ });
});

t.test('in mode degraded requests go on without the ledger, and say so', async (t) => {
  const { ledger, counters } = stage({ mode: 'degraded' });
  ledger.down = true;
  const reservations = [known('k1', 100, 10)];
  t.match(await counters.admit('one', reservations, 1000), { admitted: true, degraded: true });
  await counters.settle('one', reservations, [10]);
  ledger.down = false;
  ledger.spent.set('k1', 60);
  t.match(await counters.admit('two', reservations, 1000), {
    admitted: true,
    degraded: false,
    states: [{ spent: 60, held: 10 }],
  });
});

t.test(
  'windows that began after the process need no question, where they were counted all along',
  async (t) => {
    const { ledger, counters, clock } = stage();
    const startMs = clock.now();
    await clock.advance(2 * dayMs);
    const counted = { countedSinceMs: startMs };
    await counters.admit('one', [known('k1', 10, 1, startMs + dayMs, counted)], 1000);
    t.equal(ledger.asked.length, 0);
    await counters.admit('two', [known('k2', 10, 1, startMs - 1, counted)], 1000);
    await counters.admit('three', [known('k3', 10, 1, startMs + dayMs)], 1000);
    await counters.admit(
      'four',
      [known('k4', 10, 1, startMs + dayMs, { countedSinceMs: clock.now() })],
      1000,
    );
    t.strictSame(
      ledger.asked.flat().map(({ keyId }) => keyId),
      ['k2', 'k3', 'k4'],
    );
  },
);

t.test('each quantity is taken from the sum that it is', async (t) => {
  const { counters } = stage();
  for (const [quantity, spent] of [
    ['tokens', 34],
    ['input_tokens', 30],
    ['output_tokens', 4],
    ['requests', 3],
    ['attempts', 7],
  ] as const) {
    const answer = await counters.admit(quantity, [known(quantity, 100, 0, 0, { quantity })], 1000);
    t.match(answer, { states: [{ spent }] }, quantity);
  }
});

t.test('whatever came before and comes together, spent and held never exceed a limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), amount: fc.nat({ max: 40 }) }), {
        maxLength: 30,
      }),
      fc.record({ a: fc.nat({ max: 150 }), b: fc.nat({ max: 150 }), c: fc.nat({ max: 150 }) }),
      async (wanted, spent) => {
        const { ledger, counters } = stage();
        for (const [key, amount] of Object.entries(spent)) ledger.spent.set(key, amount);
        await Promise.all(
          wanted.map(async ({ key, amount }, at) => {
            const reservations = [known(key, 100, amount)];
            const { admitted } = await counters.admit(`${at}`, reservations, 1000);
            if (admitted && at % 2 === 0) await counters.settle(`${at}`, reservations, [amount]);
          }),
        );
        for (const key of ['a', 'b', 'c'] as const) {
          const [state] = await counters.read([key]);
          const asked = ledger.asked.flat().some(({ keyId }) => keyId === key);
          if (asked) assert.ok(state!.spent >= spent[key]);
          if (spent[key] <= 100) assert.ok(state!.spent + state!.held <= 100);
        }
      },
    ),
    { numRuns: 100 },
  );
});

t.test(
  'whoever only reads can have budgets restored first, and a ledger that is down does not stop it',
  async (t) => {
    const { ledger, counters } = stage();
    ledger.spent.set('k1', 90);
    await counters.ensure([known('k1', 100, 0), rate('r', 10, 1)]);
    t.strictSame(await counters.read(['k1']), [{ spent: 90, held: 0 }]);
    t.equal(counters.ensure([known('k1', 100, 0)]), undefined, 'at once where it is known');
    ledger.down = true;
    await counters.ensure([known('k2', 100, 0)]);
    t.strictSame(await counters.read(['k2']), [{ spent: 0, held: 0 }]);
  },
);
