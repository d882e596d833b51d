import t from 'tap';
import { Book } from '../../../../core/stores/counters/book.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { budget, concurrent, rate } from './reservations.ts';

const hourMs = 3_600_000;

function newBook(mirror = false): { clock: FakeClock; book: Book } {
  const clock = new FakeClock();
  return { clock, book: new Book({ clock, owner: 'me', mirror }) };
}

t.test(
  'dead windows, rates at rest and ended holds are forgotten, budgets without a window never',
  async (t) => {
    const { clock, book } = newBook();
    for (let minute = 0; minute < 600; minute += 1) {
      const resetsAtMs = clock.now() + 60_000;
      for (let key = 0; key < 10; key += 1) {
        const held = [
          budget(`usd|${key}|${minute}`, 100, 1, resetsAtMs),
          budget(`for ever|${key}`, 1000, 1),
          rate(`rpm|${key}|${minute}`, 10, 1),
          concurrent(`parallel|${key}|${minute}`, 10),
        ];
        book.admit(`${minute} ${key}`, held, 1000);
        book.settle(`${minute} ${key}`, held, [1, 1, 1, 0]);
      }
      await clock.advance(60_000);
    }
    const { counters, holds } = book.size;
    t.ok(counters < 1500, `${counters} counters of 18,010`);
    t.equal(holds, 0);
    t.strictSame(book.read(['for ever|3']), [{ spent: 600, held: 0 }]);
  },
);

t.test('keys that were only asked about leave nothing behind', async (t) => {
  const { clock, book } = newBook();
  for (let at = 0; at < 5000; at += 1) {
    book.admit(`${at}`, [budget(`nobody ${at}`, 0, 1)], 1000);
    await clock.advance(1000);
  }
  t.ok(book.size.counters < 2000, `${book.size.counters} counters of 5,000`);
});

t.test('a window is kept while a request holds it, however long ago it ended', async (t) => {
  const { clock, book } = newBook();
  const held = [budget('w', 10, 4, clock.now() + 1000)];
  book.admit('long', held, 48 * hourMs);
  for (let hour = 0; hour < 24; hour += 1) {
    await clock.advance(hourMs);
    book.admit(`other ${hour}`, [], 1000);
  }
  t.strictSame(book.read(['w']), [{ spent: 0, held: 4 }]);
});

t.test('a wall clock that jumps moves neither holds nor rates nor windows in use', async (t) => {
  const { clock, book } = newBook();
  const held = [budget('b', 10, 10, clock.now() + 1000), rate('r', 10, 10), concurrent('c', 1)];
  book.admit('one', held, 1000);
  for (const jumpMs of [400 * 24 * hourMs, -800 * 24 * hourMs]) {
    clock.jump(jumpMs);
    for (let at = 0; at < 3; at += 1) t.notOk(book.admit('two', [held[at]!], 1000).admitted);
    t.match(book.admit('two', [rate('r', 10, 1)], 1000), { retryAfterMs: 6000 });
  }
  await clock.advance(1000);
  t.ok(book.admit('two', [concurrent('c', 1)], 1000).admitted);
});

t.test('ended ids are forgotten after ten minutes', async (t) => {
  const { clock, book } = newBook();
  book.settle('one', [budget('b', 10, 1)], [1]);
  book.settle('one', [budget('b', 10, 1)], [1]);
  t.match(book.read(['b']), [{ spent: 1 }]);
  await clock.advance(600_000);
  book.settle('one', [budget('b', 10, 1)], [1]);
  t.match(book.read(['b']), [{ spent: 2 }]);
});

t.test('no more than some thousand ended ids are remembered', async (t) => {
  const { book } = newBook();
  const held = [budget('b', 1e9, 1)];
  for (let at = 0; at < 20_000; at += 1) {
    book.admit(`${at}`, held, 1000);
    book.settle(`${at}`, held, [1]);
  }
  book.settle('19999', held, [1]);
  t.match(book.read(['b']), [{ spent: 20_000, held: 0 }]);
});

t.test('a mirror goes on from what the shared store said last', async (t) => {
  const { clock, book } = newBook(true);
  const held = [budget('b', 100, 10), rate('r', 60, 1), concurrent('c', 5)];
  const states = [
    { spent: 40, held: 30 },
    { spent: 60, held: 0 },
    { spent: 0, held: 4 },
  ];
  book.observe('mine', held, states, 10_000);
  t.match(book.read(['b', 'r', 'c']), states, 'what others hold is counted');
  t.match(book.admit('two', [budget('b', 100, 31)], 1000), { admitted: false, degraded: true });
  t.match(book.admit('two', [budget('b', 100, 30)], 1000), { admitted: true, degraded: true });
  t.match(book.admit('three', [rate('r', 60, 1)], 1000), { admitted: false, retryAfterMs: 1000 });
  book.settle('mine', held, [5, 1, 0]);
  t.match(book.read(['b', 'c']), [
    { spent: 45, held: 50 },
    { spent: 0, held: 3 },
  ]);
  await clock.advance(10_000);
  t.match(
    book.admit('four', [concurrent('c', 5, 5)], 1000),
    { admitted: true },
    "others' places are free by now",
  );
});
