import t from 'tap';
import { createMemoryCounters } from '../../../core/stores/counters/memory.ts';
import type { Admission, Counters } from '../../../sdk/counters.ts';
import { type Deny, GatewayError } from '../../../sdk/index.ts';
import { FakeClock, settled } from '../../../sdk/testing/clock.ts';
import { budget, budgetKey, harness, identity, usage } from './harness.ts';

const money = () => identity({ budget: budget(1e9) });

/** Counters whose answers wait until the test lets them go. */
function slowCounters(clock: FakeClock): { counters: Counters; release(): Promise<void>; waiting(): number } {
  const inner = createMemoryCounters({ clock });
  const gates: (() => void)[] = [];
  const counters: Counters = {
    ...inner,
    admit: (...args) =>
      new Promise<Admission>((resolve) => gates.push(() => resolve(inner.admit(...args) as Admission))),
    settle: async (...args) => inner.settle(...args),
    extend: async (...args) => inner.extend(...args),
  };
  return {
    counters,
    waiting: () => gates.length,
    async release() {
      for (const open of gates.splice(0)) open();
      await settled();
    },
  };
}

t.test('a long stream keeps its hold, and lets go of it when it ends', async (t) => {
  const { request, read, clock } = await harness();
  const one = request({ identity: money() });
  await one.start();
  for (let second = 0; second < 590; second += 10) {
    await clock.advance(10_000);
    t.equal((await read(budgetKey)).held, 286_000);
  }
  await one.attempt('cheap');
  await one.end({ usage: usage(8, 20) });
  t.strictSame(await read(budgetKey), { spent: 48_000, held: 0 });
  t.equal(clock.pending, 0);
});

t.test('top-ups and attempts are kept with it', async (t) => {
  const { request, read, clock } = await harness({ file: { limits: [{ by: 'model', concurrent: 3 }] } });
  const one = request({ identity: money() });
  await one.start();
  await one.attempt('dear');
  await clock.advance(400_000);
  t.equal((await read(budgetKey)).held, 2_860_000);
  t.equal((await read('concurrent|model|up/dear|20-limits')).held, 1);
  await one.end({ usage: usage(8, 20) });
  t.equal((await read(budgetKey)).held, 0);
  t.equal((await read('concurrent|model|up/dear|20-limits')).held, 0);
});

t.test('the hold of a process that died is released when its time to live is over', async (t) => {
  const { request, read, counters, clock } = await harness();
  await request({ identity: money() }).start();
  t.equal((await counters.holds(budgetKey)).length, 1);
  const [hold] = await counters.holds(budgetKey);
  t.equal(hold!.expiresAtMs, clock.now() + 120_000);
  // The process is gone: nobody extends it. Another one looks at the same counters.
  counters.extend = () => false;
  await clock.advance(119_999);
  t.equal((await read(budgetKey)).held, 286_000);
  await clock.advance(1);
  t.strictSame(await read(budgetKey), { spent: 0, held: 0 });
});

t.test('a request that nobody ever settles is not kept for ever', async (t) => {
  const { request, read, clock } = await harness({ file: { max_duration: '300s' } });
  await request({ identity: money() }).start();
  await clock.advance(300_000);
  t.equal((await read(budgetKey)).held, 286_000);
  await clock.advance(200_000);
  t.equal((await read(budgetKey)).held, 0);
  t.equal(clock.pending, 0);
});

t.test('a hold that could not be extended is logged, and its request is booked all the same', async (t) => {
  const { request, read, clock, counters, log } = await harness();
  const one = request({ identity: money() });
  await one.start();
  counters.extend = () => false;
  await clock.advance(40_000);
  counters.extend = async () => {
    throw new Error('gone');
  };
  await clock.advance(40_000);
  await clock.advance(100_000);
  t.equal((await read(budgetKey)).held, 0);
  await one.attempt('cheap');
  await one.end({ usage: usage(8, 20) });
  t.equal((await read(budgetKey)).spent, 48_000);
  const warnings = log.lines.filter(({ message }) => message.startsWith('a hold was not extended'));
  t.match(warnings[0]?.fields, { reason: 'it has ended' });
  t.match(warnings[1]?.fields, { reason: 'Error: gone' });
});

t.test('counters that answer later admit, clamp and refuse alike', async (t) => {
  const clock = new FakeClock();
  const { counters, release } = slowCounters(clock);
  const { request, read } = await harness({ clock, counters });
  const who = identity({ budget: budget(200_000) });
  const one = request({ identity: who });
  const starting = one.start();
  await release();
  await release();
  t.match(await starting, { type: 'continue', changes: { maxOutputTokens: 57 } });
  const two = request({ identity: who });
  const refused = two.start();
  await release();
  t.match(await refused, { type: 'deny', code: 'budget_exceeded' });
  await one.attempt('cheap');
  await one.end({ usage: usage(8, 20) });
  await two.end();
  t.strictSame(await read(budgetKey), { spent: 48_000, held: 0 });
});

t.test('a client that leaves while it is being admitted leaves nothing held', async (t) => {
  const clock = new FakeClock();
  const { counters, release, waiting } = slowCounters(clock);
  const { request, read } = await harness({ clock, counters });
  const one = request({ identity: identity({ budget: budget(200_000), requestsPerMinute: 60 }) });
  const starting = one.start();
  const ending = one.end({ outcome: 'client_gone' });
  await release();
  t.equal((await starting)?.type, 'deny', 'the clamp is not tried any more');
  await ending;
  t.equal(waiting(), 0);
  const two = request({ identity: money() });
  const admitted = two.start();
  const gone = two.end({ outcome: 'client_gone' });
  await release();
  await admitted;
  await gone;
  t.strictSame(await read(budgetKey), { spent: 0, held: 0 });
  t.equal(clock.pending, 0);
});

t.test('a clamp is tried again where others take what was left meanwhile, three times', async (t) => {
  const clock = new FakeClock();
  const inner = createMemoryCounters({ clock });
  let calls = 0;
  let thieves = 2;
  const counters: Counters = {
    ...inner,
    admit(id, reservations, ttlMs) {
      calls += 1;
      if (calls > 1 && thieves > 0) {
        thieves -= 1;
        const [{ key, limit }] = reservations as unknown as [{ key: string; limit: number }];
        const stolen = { kind: 'budget', key, limit, amount: 10_000, resetsAtMs: null } as const;
        void inner.admit(`thief ${thieves} ${id}`, [stolen], ttlMs);
      }
      return inner.admit(id, reservations, ttlMs);
    },
  };
  const { request } = await harness({ clock, counters });
  const who = identity({ budget: budget(200_000) });
  t.match(await request({ identity: who }).start(), { changes: { maxOutputTokens: 47 } });
  t.equal(calls, 4);
  await counters.restore(budgetKey, 0, null);
  calls = 0;
  thieves = 100;
  const { request: again } = await harness({ clock, counters: { ...counters }, file: {} });
  t.match(await again({ identity: identity({ budget: budget(400_000) }) }).start(), {
    type: 'deny',
    code: 'budget_exceeded',
  });
  t.equal(calls, 4);
});

t.test('a store that is down refuses in words, and says so where it goes on alone', async (t) => {
  const clock = new FakeClock();
  const inner = createMemoryCounters({ clock });
  const down = new GatewayError('store_unavailable', 'expected an answer from the counter store, came none', {
    retryAfterMs: 1000,
  });
  const refusal = {
    type: 'deny',
    status: 503,
    code: 'store_unavailable',
    message: 'expected an answer from the counter store, came none',
    retryAfterMs: 1000,
  };
  for (const admit of [
    () => Promise.reject(down),
    (): Admission => {
      throw down;
    },
  ]) {
    const file = { limits: [{ by: 'model', per: 'minute', requests: 5 }] };
    const { request } = await harness({ clock, counters: { ...inner, admit }, file });
    const one = request({ identity: money() });
    t.match(await one.start(), refusal);
    await one.end({ outcome: 'denied' });
    const two = request();
    t.equal(await two.start(), undefined);
    t.match(await two.attempt('cheap'), refusal, 'before an attempt too');
    await two.end();
  }
  const degraded: Counters = {
    ...inner,
    admit: (...args) => ({ ...(inner.admit(...args) as Admission), degraded: true }),
  };
  const { request } = await harness({ clock, counters: degraded });
  t.match(await request({ identity: money() }).start(), {
    type: 'continue',
    responseHeaders: { 'x-sluice-degraded': 'counters' },
  });
  const faulty = await harness({
    clock,
    counters: {
      ...inner,
      admit: () => {
        throw new TypeError('a fault');
      },
    },
  });
  await t.rejects(
    faulty.request({ identity: money() }).start(),
    { message: 'a fault' },
    'faults fail closed',
  );
});

t.test('a settlement that fails is logged and keeps nobody waiting', async (t) => {
  for (const settle of [
    () => {
      throw new RangeError('no');
    },
    () => Promise.reject(new RangeError('no')),
  ] as Counters['settle'][]) {
    const clock = new FakeClock();
    const { request, log } = await harness({
      clock,
      counters: { ...createMemoryCounters({ clock }), settle },
    });
    const one = request({ identity: money() });
    await one.start();
    await one.attempt('cheap');
    await one.end({ usage: usage(8, 20) });
    t.match(
      log.lines.filter(({ level }) => level === 'error'),
      [{ message: /^a hold was not settled/, fields: { error: 'no' } }],
    );
  }
});

t.test('requests that nothing limits touch no counter', async (t) => {
  const { request, counters } = await harness();
  counters.admit = () => t.fail('admitted') as never;
  counters.settle = () => t.fail('settled') as never;
  const base = identity();
  const { limits: _, ...key } = base.key;
  const one = request({ identity: { ...base, key } });
  t.equal(await one.start(), undefined);
  t.equal(await one.attempt('cheap'), undefined);
  await one.end({ usage: usage(8, 20) });
  t.equal((await request({ identity: base }).start()) as Deny | undefined, undefined);
});
