import type { Test } from 'tap';
import type { Admission } from '../../../../sdk/counters.ts';
import type { Bench, MakeBench } from './bench.ts';
import { budget, concurrent, rate } from './reservations.ts';

const most = Number.MAX_SAFE_INTEGER;

/** What every implementation of `Counters` does. */
export function conformance(t: Test, make: MakeBench): void {
  const test = (name: string, run: (t: Test, bench: Bench) => Promise<void>) =>
    t.test(name, async (t) => {
      const bench = await make();
      t.teardown(() => bench.close());
      await run(t, bench);
    });

  test('a request is held in every scope at once, and settled with what it used', async (t, { counters }) => {
    const all = [budget('b', 100, 40), rate('r', 1000, 300), concurrent('c', 2)];
    t.strictSame(await counters.admit('one', all, 1000), {
      admitted: true,
      states: [
        { spent: 0, held: 40 },
        { spent: 300, held: 0 },
        { spent: 0, held: 1 },
      ],
      degraded: false,
    });
    await counters.settle('one', all, [25, 100, 0]);
    t.strictSame(await counters.read(['b', 'r', 'c', 'unknown']), [
      { spent: 25, held: 0 },
      { spent: 100, held: 0 },
      { spent: 0, held: 0 },
      { spent: 0, held: 0 },
    ]);
  });

  test('where one scope does not fit nothing is held, and the first such is named', async (t, {
    counters,
  }) => {
    await counters.admit('one', [budget('b', 100, 60), concurrent('c', 1)], 1000);
    const refused = await counters.admit(
      'two',
      [rate('r', 10, 1), budget('b', 100, 41), concurrent('c', 1)],
      1000,
    );
    t.strictSame(refused, {
      admitted: false,
      index: 1,
      states: [
        { spent: 0, held: 0 },
        { spent: 0, held: 60 },
        { spent: 0, held: 1 },
      ],
      retryAfterMs: null,
      degraded: false,
    });
    t.strictSame(await counters.read(['r']), [{ spent: 0, held: 0 }]);
    t.ok((await counters.admit('three', [rate('r', 10, 1), budget('b', 100, 40)], 1000)).admitted);
  });

  test('the same id again is admitted again and holds nothing more', async (t, { counters }) => {
    const all = [budget('b', 100, 60), rate('r', 10, 6), concurrent('c', 1)];
    const first = await counters.admit('one', all, 1000);
    t.ok(first.admitted);
    t.strictSame(await counters.admit('one', all, 1000), first);
    await counters.settle('one', all, [60, 6, 0]);
    await t.rejects(async () => counters.admit('one', all, 1000), { message: /id of a new hold/ });
    t.strictSame(await counters.read(['b', 'r', 'c']), [
      { spent: 60, held: 0 },
      { spent: 6, held: 0 },
      { spent: 0, held: 0 },
    ]);
  });

  test('an id that was refused may be tried again', async (t, { counters }) => {
    await counters.admit('one', [budget('b', 10, 10)], 1000);
    t.notOk((await counters.admit('two', [budget('b', 10, 1)], 1000)).admitted);
    await counters.settle('one', [budget('b', 10, 10)], [0]);
    t.ok((await counters.admit('two', [budget('b', 10, 1)], 1000)).admitted);
  });

  test('nothing costs nothing, and the largest amounts stay exact', async (t, { counters }) => {
    const huge = [budget('b', most, most - 1), rate('r', most, most - 1, 86_400_000)];
    t.ok(
      (await counters.admit('zero', [budget('b', 0, 0), rate('r', 0, 0), concurrent('c', 0, 0)], 1000))
        .admitted,
    );
    t.ok((await counters.admit('one', huge, 1000)).admitted);
    t.strictSame(await counters.read(['b', 'r']), [
      { spent: 0, held: most - 1 },
      { spent: most - 1, held: 0 },
    ]);
    t.notOk((await counters.admit('two', [budget('b', most, 2)], 1000)).admitted);
    t.notOk((await counters.admit('two', [rate('r', most, 2, 86_400_000)], 1000)).admitted);
    t.ok(
      (await counters.admit('three', [budget('b', most, 1), rate('r', most, 1, 86_400_000)], 1000)).admitted,
    );
    await counters.settle('one', huge, [most - 1, most - 1]);
    t.strictSame(await counters.read(['b']), [{ spent: most - 1, held: 1 }]);
    const exact = 1_000_000_000_000_001;
    await counters.settle('x', [budget('exact', most, 0)], [exact]);
    t.strictSame(await counters.read(['exact']), [{ spent: exact, held: 0 }]);
    await counters.settle('y', [budget('exact', most, 0)], [most]);
    t.strictSame(await counters.read(['exact']), [{ spent: most, held: 0 }], 'sums stop at the largest');
  });

  test('more than was held is booked, and later requests are refused', async (t, { counters }) => {
    const held = [budget('b', 100, 10), rate('r', 10, 1)];
    await counters.admit('one', held, 1000);
    await counters.settle('one', held, [150, 25]);
    t.strictSame(await counters.read(['b', 'r']), [
      { spent: 150, held: 0 },
      { spent: 25, held: 0 },
    ]);
    t.notOk((await counters.admit('two', [budget('b', 100, 0)], 1000)).admitted);
    const late = await counters.admit('three', [rate('r', 10, 1)], 1000);
    t.match(late, { admitted: false, retryAfterMs: 96_000 });
  });

  test('a second settlement of an id counts for nothing', async (t, { counters }) => {
    const held = [budget('b', 100, 10), rate('r', 10, 1), concurrent('c', 2)];
    await counters.admit('other', held, 1000);
    await counters.admit('one', held, 1000);
    await counters.settle('one', held, [7, 1, 0]);
    await counters.settle('one', held, [9, 5, 0]);
    t.strictSame(await counters.read(['b', 'r', 'c']), [
      { spent: 7, held: 10 },
      { spent: 2, held: 0 },
      { spent: 0, held: 1 },
    ]);
  });

  test('a hold whose time is over is released, and its settlement still books', async (t, bench) => {
    const { counters } = bench;
    const held = [budget('b', 100, 60), rate('r', 100, 60), concurrent('c', 1)];
    await counters.admit('one', held, 1000);
    await bench.advance(999);
    t.notOk((await counters.admit('two', [concurrent('c', 1)], 1000)).admitted);
    await bench.advance(1);
    t.strictSame(await counters.holds('b'), []);
    t.strictSame(await counters.read(['b', 'c']), [
      { spent: 0, held: 0 },
      { spent: 0, held: 0 },
    ]);
    t.ok((await counters.admit('two', [budget('b', 100, 100), concurrent('c', 1)], 1000)).admitted);
    const [before] = await counters.read(['r']);
    await counters.settle('one', held, [30, 70, 0]);
    t.strictSame(await counters.read(['b', 'c']), [
      { spent: 30, held: 100 },
      { spent: 0, held: 1 },
    ]);
    t.strictSame(
      await counters.read(['r']),
      [{ spent: before!.spent + 10, held: 0 }],
      'the rate had taken 60 already',
    );
  });

  test('a settlement of an unknown id books its amounts', async (t, { counters }) => {
    await counters.settle(
      'lost',
      [budget('b', 100, 60), rate('r', 100, 60), concurrent('c', 1)],
      [30, 20, 0],
    );
    t.strictSame(await counters.read(['b', 'r', 'c']), [
      { spent: 30, held: 0 },
      { spent: 20, held: 0 },
      { spent: 0, held: 0 },
    ]);
  });

  test('a long request keeps its hold alive, never for less than it had', async (t, bench) => {
    const { counters } = bench;
    const held = [budget('b', 100, 60), concurrent('c', 1), rate('r', 100, 60, 3_600_000)];
    await counters.admit('one', held, 1000);
    await bench.advance(900);
    t.ok(await counters.extend('one', held, 10));
    await bench.advance(99);
    t.strictSame(await counters.read(['b', 'c']), [
      { spent: 0, held: 60 },
      { spent: 0, held: 1 },
    ]);
    t.ok(await counters.extend('one', held, 5000));
    await bench.advance(4999);
    t.equal((await counters.holds('b')).length, 1);
    await counters.settle('one', held, [1, 1, 0]);
    t.notOk(await counters.extend('one', held, 5000), 'settled');
    await counters.admit('two', held.slice(0, 2), 1000);
    await bench.advance(1000);
    t.notOk(await counters.extend('two', held.slice(0, 2), 5000), 'expired');
    t.notOk(await counters.extend('three', held, 5000), 'unknown');
    t.match(await counters.read(['b', 'c']), [{ held: 0 }, { held: 0 }]);
  });

  test('holds are visible with their owner, the first to expire first', async (t, bench) => {
    const { counters } = bench;
    await counters.admit('one', [budget('b', 100, 10), rate('r', 10, 1)], 2000);
    await counters.admit('two', [budget('b', 100, 20)], 1000);
    const nowMs = bench.nowMs();
    t.strictSame(await counters.holds('b'), [
      { id: 'two', owner: 'gateway-1', amount: 20, expiresAtMs: nowMs + 1000 },
      { id: 'one', owner: 'gateway-1', amount: 10, expiresAtMs: nowMs + 2000 },
    ]);
    t.strictSame(await counters.holds('r'), []);
    t.strictSame(await counters.holds('unknown'), []);
  });

  test('any number of expired holds gives way to a request that needs the room', async (t, bench) => {
    const { counters } = bench;
    const one = [budget('b', 300, 1), concurrent('c', 300)];
    await Promise.all(Array.from({ length: 300 }, (_, at) => counters.admit(`dead ${at}`, one, 1000)));
    t.notOk((await counters.admit('early', one, 1000)).admitted);
    await bench.advance(1000);
    t.match(await counters.admit('late', [budget('b', 300, 300), concurrent('c', 300, 300)], 1000), {
      admitted: true,
      states: [{ held: 300 }, { held: 300 }],
    });
  });

  test('the room of a rate comes back continuously, and the wait it names is true', async (t, bench) => {
    const { counters } = bench;
    const one = [rate('r', 7, 1, 1000)];
    for (let at = 0; at < 7; at += 1) t.ok((await counters.admit(`burst ${at}`, one, 1000)).admitted);
    const refused = await counters.admit('next', one, 1000);
    t.match(refused, { admitted: false, index: 0, retryAfterMs: 143 });
    await bench.advance(142);
    t.match(await counters.admit('next', one, 1000), { admitted: false, retryAfterMs: 1 });
    await bench.advance(1);
    t.ok((await counters.admit('next', one, 1000)).admitted);
  });

  test('an amount above its limit never fits, and a wait is that of the slowest rate', async (t, {
    counters,
  }) => {
    t.match(await counters.admit('large', [rate('r', 10, 11)], 1000), {
      admitted: false,
      retryAfterMs: null,
    });
    await counters.admit('one', [rate('slow', 10, 10, 60_000), rate('fast', 10, 10, 1000)], 1000);
    const both = [rate('fast', 10, 1, 1000), rate('slow', 10, 1, 60_000)];
    t.match(await counters.admit('two', both, 1000), { admitted: false, index: 0, retryAfterMs: 6000 });
    t.match(await counters.admit('three', [...both, budget('b', 0, 1)], 1000), {
      index: 0,
      retryAfterMs: null,
    });
  });

  test('a rate gives back what was not used, as far as it has not refilled since', async (t, bench) => {
    const { counters } = bench;
    const tokens = [rate('r', 600, 600)];
    await counters.admit('one', tokens, 600_000);
    await bench.advance(30_000);
    await counters.admit('two', [rate('r', 600, 200)], 600_000);
    t.strictSame(await counters.read(['r']), [{ spent: 500, held: 0 }]);
    await counters.settle('one', tokens, [0]);
    t.strictSame(await counters.read(['r']), [{ spent: 200, held: 0 }], '300 of the 600 had refilled');
    await counters.settle('two', [rate('r', 600, 200)], [150]);
    t.strictSame(await counters.read(['r']), [{ spent: 150, held: 0 }]);
  });

  test('a limit that changes holds for what comes next', async (t, bench) => {
    const { counters } = bench;
    await counters.admit('one', [rate('r', 10, 10, 1000), budget('b', 10, 10)], 1000);
    await bench.advance(500);
    t.match(await counters.admit('two', [rate('r', 100, 96, 60_000)], 1000), { admitted: false });
    t.match(await counters.admit('two', [rate('r', 100, 95, 60_000), budget('b', 20, 10)], 1000), {
      admitted: true,
    });
    t.match(await counters.admit('three', [budget('b', 5, 0)], 1000), { admitted: false });
  });

  test('the ledger may set what was spent, or raise it only', async (t, { counters }) => {
    await counters.admit('one', [budget('b', 100, 10)], 1000);
    await counters.restore('b', 50, null);
    t.strictSame(await counters.read(['b']), [{ spent: 50, held: 10 }]);
    await counters.restore('b', 40, null, 'raise');
    await counters.restore('new', 40, 1_800_000_000_000, 'raise');
    t.strictSame(await counters.read(['b', 'new']), [
      { spent: 50, held: 10 },
      { spent: 40, held: 0 },
    ]);
    await counters.restore('b', 40, null, 'set');
    t.match(await counters.read(['b']), [{ spent: 40 }]);
    t.notOk((await counters.admit('two', [budget('b', 100, 51)], 1000)).admitted);
  });

  test('windows are told apart by their keys', async (t, bench) => {
    const { counters } = bench;
    const resetsAtMs = bench.nowMs() + 1000;
    await counters.settle('one', [budget('b|1', 10, 0, resetsAtMs)], [10]);
    t.notOk((await counters.admit('two', [budget('b|1', 10, 1, resetsAtMs)], 1000)).admitted);
    await bench.advance(1000);
    t.ok((await counters.admit('two', [budget('b|2', 10, 1, resetsAtMs + 1000)], 1000)).admitted);
    t.strictSame(await counters.read(['b|1']), [{ spent: 10, held: 0 }], 'kept for late settlements');
  });

  test('keys and ids may have any characters', async (t, { counters }) => {
    for (const name of ['{a}b{', 'a|b|1|', 'ключ 🔑', '%s\n', '*', 'x'.repeat(200)]) {
      const held = [budget(`${name}`, 10, 3)];
      t.ok((await counters.admit(name, held, 1000)).admitted);
      t.match(await counters.holds(name), [{ id: name, amount: 3 }]);
      await counters.settle(name, held, [2]);
      t.strictSame(await counters.read([name]), [{ spent: 2, held: 0 }]);
    }
  });

  test('a request without limits is admitted', async (t, { counters }) => {
    t.strictSame(await counters.admit('one', [], 1000), { admitted: true, states: [], degraded: false });
    await counters.settle('one', [], []);
    t.strictSame(await counters.read([]), []);
    t.match(counters.status(), { state: 'up', waiting: 0, lost: 0 });
  });

  test('calls out of their bounds say what is expected and change nothing', async (t, { counters }) => {
    const wrong: [string, () => unknown][] = [
      ['limit', () => counters.admit('one', [budget('b', -1, 1)], 1000)],
      ['amount', () => counters.admit('one', [budget('b', 10, 0.5)], 1000)],
      ['amount', () => counters.admit('one', [budget('b', 10, 2 ** 53)], 1000)],
      ['key', () => counters.admit('one', [budget('', 10, 1)], 1000)],
      ['key', () => counters.admit('one', [budget('k'.repeat(201), 10, 1)], 1000)],
      ['once', () => counters.admit('one', [budget('b', 10, 1), budget('b', 10, 1)], 1000)],
      ['period', () => counters.admit('one', [rate('r', 10, 1, 0)], 1000)],
      ['period', () => counters.admit('one', [rate('r', 10, 1, 86_400_001)], 1000)],
      ['time to live', () => counters.admit('one', [budget('b', 10, 1)], 0)],
      ['id', () => counters.admit('', [budget('b', 10, 1)], 1000)],
      ['actual', () => counters.settle('one', [budget('b', 10, 1)], [Number.NaN])],
      ['for each', () => counters.settle('one', [budget('b', 10, 1)], [])],
      ['spent', () => counters.restore('b', -1, null)],
      [
        '64',
        () =>
          counters.admit(
            'one',
            Array.from({ length: 65 }, (_, at) => rate(`${at}`, 1, 1)),
            1000,
          ),
      ],
    ];
    for (const [word, run] of wrong) {
      await t.rejects(async () => run(), {
        name: 'RangeError',
        message: new RegExp(`expected.*${word}.*came`),
      });
    }
    t.strictSame(await counters.read(['b']), [{ spent: 0, held: 0 }]);
  });

  test('64 scopes are held at once', async (t, { counters }) => {
    const many = Array.from({ length: 64 }, (_, at) => [budget, rate, concurrent][at % 3]!(`k${at}`, 10, 1));
    const answer: Admission = await counters.admit('one', many, 1000);
    t.ok(answer.admitted);
    t.equal(answer.states.length, 64);
  });
}
