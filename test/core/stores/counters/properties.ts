import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Test } from 'tap';
import type { Reservation } from '../../../../sdk/counters.ts';
import type { MakeBench } from './bench.ts';
import { CountersModel } from './model.ts';
import { budget, concurrent, rate } from './reservations.ts';

/** The scopes of all runs: each step takes some of them. */
const scopes: readonly ((amount: number) => Reservation)[] = [
  (amount) => budget('b1', 100, amount),
  (amount) => budget('b2', 37, amount),
  (amount) => concurrent('c', 3, amount % 3),
  (amount) => rate('r1', 7, amount, 1000),
  (amount) => rate('r2', 1000, amount * 20, 60_000),
];
const all = scopes.map((scope) => scope(0));

const amounts = fc.array(fc.option(fc.nat(12), { nil: null }), { minLength: 5, maxLength: 5 });
const ids = fc.nat(12);
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('admit' as const),
      id: ids,
      amounts,
      ttlMs: fc.integer({ min: 1, max: 3000 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      id: ids,
      actuals: fc.array(fc.nat(14), { minLength: 5, maxLength: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('extend' as const),
      id: ids,
      ttlMs: fc.integer({ min: 1, max: 3000 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(1500) }) },
);

/** Laws that hold for every order of calls. `runs`: how many orders are tried. */
export function properties(t: Test, make: MakeBench, runs: number): void {
  t.test('any order of admissions, settlements, extensions and time is as the model says', async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const bench = await make();
        const { counters } = bench;
        const model = new CountersModel();
        // What an id was first asked with: later calls for it repeat that, as the contract wants.
        const asked = new Map<number, readonly Reservation[]>();
        let overbooked = false;
        try {
          for (const step of steps) {
            if (step.do === 'wait') {
              model.nowMs += step.ms;
              await bench.advance(step.ms);
            } else if (step.do === 'admit') {
              const reservations =
                asked.get(step.id) ??
                step.amounts.flatMap((amount, at) => (amount === null ? [] : [scopes[at]!(amount)]));
              asked.set(step.id, reservations);
              const expected = model.admit(`${step.id}`, reservations, step.ttlMs);
              const answer = await Promise.resolve()
                .then(() => counters.admit(`${step.id}`, reservations, step.ttlMs))
                .catch(() => 'settled' as const);
              const states = reservations.map((reservation) => model.state(reservation));
              if (answer === 'settled' || expected === 'settled') same(answer, expected);
              else if (expected === true) same(answer, { admitted: true, states, degraded: false });
              else same(answer, { admitted: false, ...expected, states, degraded: false });
            } else {
              const reservations = asked.get(step.id) ?? [];
              if (step.do === 'extend') {
                const expected = model.extend(`${step.id}`, step.ttlMs);
                same(await counters.extend(`${step.id}`, reservations, step.ttlMs), expected);
              } else {
                const actuals = reservations.map((_, at) => step.actuals[at]!);
                // A settlement may be above the limit by more than was held, or after the hold was gone.
                overbooked = true;
                model.settle(`${step.id}`, reservations, actuals);
                await counters.settle(`${step.id}`, reservations, actuals);
              }
            }
            const states = await counters.read(all.map(({ key }) => key));
            for (const [at, reservation] of all.entries()) {
              same(
                { key: reservation.key, ...states[at]! },
                { key: reservation.key, ...model.state(reservation) },
              );
              if (overbooked || reservation.kind === 'rate') continue;
              if (states[at]!.spent + states[at]!.held > reservation.limit)
                throw new Error('more than the limit');
            }
          }
        } finally {
          await bench.close();
        }
      }),
      { numRuns: runs },
    );
    t.pass();
  });

  t.test('a budget is never overshot while no request uses more than it held', async (t) => {
    const move = fc.record({
      key: fc.nat(2),
      amount: fc.nat(50),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      waitMs: fc.nat(400),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 60 }), async (moves) => {
        const bench = await make();
        const { counters } = bench;
        try {
          const open: { id: string; held: Reservation[]; share: number; endsMs: number }[] = [];
          let nowMs = 0;
          for (const [at, { key, amount, share, waitMs }] of moves.entries()) {
            nowMs += waitMs;
            await bench.advance(waitMs);
            for (const call of open.splice(0).filter((call) => call.endsMs > nowMs)) {
              if ((at + call.held[0]!.amount) % 3 > 0) open.push(call);
              else
                await counters.settle(
                  call.id,
                  call.held,
                  call.held.map((held) => Math.floor(held.amount * call.share)),
                );
            }
            const held = [budget('all', 120, amount), budget(`key ${key}`, 60, amount)];
            const answer = await counters.admit(`${at}`, held, 1000);
            if (answer.admitted) open.push({ id: `${at}`, held, share, endsMs: nowMs + 1000 });
            const [whole, ...keys] = await counters.read(['all', 'key 0', 'key 1', 'key 2']);
            if (whole!.spent + whole!.held > 120) throw new Error('the shared budget was overshot');
            for (const { spent, held } of keys) if (spent + held > 60) throw new Error('a key overshot');
            same(
              whole!.held,
              keys.reduce((sum, { held }) => sum + held, 0),
            );
          }
        } finally {
          await bench.close();
        }
      }),
      { numRuns: runs },
    );
    t.pass();
  });

  t.test(
    'a refused request fits after exactly the time that was named, and not a millisecond earlier',
    async (t) => {
      const limits = fc.oneof(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 10 ** 7 }),
        fc.maxSafeNat().map((n) => (n + 1 > Number.MAX_SAFE_INTEGER ? n : n + 1)),
      );
      const periods = fc.oneof(
        fc.constantFrom(1, 1000, 60_000, 3_600_000, 86_400_000),
        fc.integer({ min: 1, max: 86_400_000 }),
      );
      const share = fc.double({ min: 0, max: 1, noNaN: true });
      await fc.assert(
        fc.asyncProperty(
          limits,
          periods,
          fc.array(fc.tuple(share, share), { maxLength: 8 }),
          share,
          fc.nat(3),
          async (limit, periodMs, takes, last, times) => {
            const bench = await make();
            const { counters } = bench;
            try {
              // Perhaps far over the limit first.
              await counters.settle(
                'over',
                [rate('r', limit, 0, periodMs)],
                [Math.min(Number.MAX_SAFE_INTEGER, limit * times)],
              );
              for (const [at, [part, pause]] of takes.entries()) {
                await counters.admit(`${at}`, [rate('r', limit, Math.floor(part * limit), periodMs)], 1000);
                await bench.advance(Math.floor((pause * periodMs) / 4));
              }
              const wanted = [rate('r', limit, Math.max(1, Math.floor(last * limit)), periodMs)];
              const refused = await counters.admit('last', wanted, 1000);
              if (refused.admitted) return;
              const waitMs = refused.retryAfterMs!;
              await bench.advance(waitMs - 1);
              const early = await counters.admit('last', wanted, 1000);
              if (early.admitted) throw new Error(`fits before the ${waitMs} ms are over`);
              same(early.retryAfterMs, 1);
              await bench.advance(1);
              if (!(await counters.admit('last', wanted, 1000)).admitted)
                throw new Error(`does not fit after ${waitMs} ms`);
            } finally {
              await bench.close();
            }
          },
        ),
        { numRuns: runs },
      );
      t.pass();
    },
  );
}

function same(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`came ${JSON.stringify(actual)}, the model says ${JSON.stringify(expected)}`);
}
