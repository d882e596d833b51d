import t from 'tap';
import { SearchTurns, type Sliced } from '../../../../core/stores/vectors/search-turns.ts';
import { settled } from '../../../../sdk/testing/clock.ts';

/** Turns whose slices take so long, and what was done in which order. */
function turnsOf() {
  let nowMs = 0;
  const done: string[] = [];
  const turns = new SearchTurns({ monotonic: () => nowMs });
  const search = (name: string, slices: number, sliceMs = 0.3): Sliced => {
    let left = slices;
    return {
      get done() {
        return left <= 0;
      },
      slice() {
        nowMs += sliceMs;
        left -= 1;
        done.push(name);
      },
    };
  };
  return { turns, search, done, spent: () => nowMs };
}

t.test('a short search is done at once', async (t) => {
  const { turns, search, done } = turnsOf();
  t.equal(turns.run(search('a', 2, 0.1)), undefined);
  t.strictSame(done, ['a', 'a']);
});

t.test('many at a time take a fraction of a millisecond of each turn, one after the other', async (t) => {
  const { turns, search, spent } = turnsOf();
  const ended: number[] = [];
  const all = Array.from({ length: 10 }, (_, at) =>
    Promise.resolve(turns.run(search(`${at}`, 4))).then(() => ended.push(at)),
  );
  t.ok(spent() < 1, 'as they come');
  let before = spent();
  for (let turn = 0; ended.length < 10; turn += 1) {
    await settled();
    t.ok(spent() - before < 1, `turn ${turn}`);
    before = spent();
  }
  await Promise.all(all);
  t.strictSame(ended, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

t.test('a short search does not wait for long ones', async (t) => {
  const { turns, search, done } = turnsOf();
  const long = Array.from({ length: 5 }, () => turns.run(search('long', 6)));
  await settled();
  t.equal(turns.run(search('short', 1, 0.02)), undefined);
  t.equal(done.at(-1), 'short');
  await Promise.all(long);
});

t.test('a very long search lets others pass', async (t) => {
  const { turns, search } = turnsOf();
  const ended: string[] = [];
  await Promise.all([
    Promise.resolve(turns.run(search('large', 1000))).then(() => ended.push('large')),
    Promise.resolve(turns.run(search('usual', 4))).then(() => ended.push('usual')),
  ]);
  t.strictSame(ended, ['usual', 'large']);
});

t.test('a search that fails fails alone', async (t) => {
  const { turns, search } = turnsOf();
  let slices = 0;
  const broken: Sliced = {
    done: false,
    slice() {
      slices += 1;
      if (slices > 2) throw new Error('out of memory');
    },
  };
  const first = turns.run(search('first', 4));
  const second = turns.run(broken);
  const third = turns.run(search('third', 4));
  await t.rejects(Promise.resolve(second), /out of memory/);
  await first;
  await third;
});
