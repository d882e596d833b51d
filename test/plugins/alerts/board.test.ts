import assert from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { Board } from '../../../plugins/alerts/board.ts';
import type { Condition } from '../../../plugins/alerts/conditions.ts';

const minute = 60_000;
const board = () =>
  new Board({
    cooldownMs: 60 * minute,
    resolveAfterMs: 5 * minute,
    rule: () => ({ threshold: 0, for: 5 * minute }),
  });
const condition = (active: boolean, subject = ''): Condition => ({
  event: 'fallbacks',
  subject,
  active,
  value: 0.5,
  text: 'it is so',
});

/** What is told when the event is active in the minutes given, minute by minute. */
function told(activeIn: (atMinute: number) => boolean, minutes: number): string[] {
  const one = board();
  const notices: string[] = [];
  for (let at = 0; at <= minutes; at += 1) {
    for (const { status } of one.update([condition(activeIn(at))], at * minute))
      notices.push(`${at} ${status}`);
  }
  return notices;
}

t.test('an event is told once it has lasted, and that it is over once it has been quiet', async (t) => {
  t.strictSame(
    told((at) => at >= 2 && at < 20, 60),
    ['7 firing', '24 resolved'],
  );
});

t.test('what passes before it has lasted is not told', async (t) => {
  t.strictSame(
    told((at) => at % 5 !== 0, 100),
    [],
  );
});

t.test(
  'an event that lasts is told again after the cool-down, one that comes back within it is not',
  async (t) => {
    t.strictSame(
      told(() => true, 130),
      ['5 firing', '65 firing', '125 firing'],
    );
    t.strictSame(
      told((at) => at < 10 || (at > 20 && at < 40), 60),
      ['5 firing', '14 resolved'],
    );
    t.strictSame(
      told((at) => at < 10 || (at > 20 && at < 80), 100),
      ['5 firing', '14 resolved', '65 firing', '84 resolved'],
    );
  },
);

t.test('a message that did not arrive is due again after a while, not after the cool-down', async (t) => {
  const one = board();
  one.update([condition(true)], 0);
  const [notice] = one.update([condition(true)], 5 * minute);
  one.missed(notice!, 5 * minute, 5 * minute);
  t.strictSame(one.update([condition(true)], 9 * minute), []);
  t.match(one.update([condition(true)], 10 * minute), [{ status: 'firing' }]);
});

t.test('who leaves it to others says nothing when it is over', async (t) => {
  const one = board();
  one.update([condition(true)], 0);
  const [notice] = one.update([condition(true)], 5 * minute);
  one.leave(notice!);
  t.strictSame(one.update([condition(false)], 30 * minute), []);
});

t.test(
  'whatever happens: firing and resolved are told in turn, never more often than the cool-down says',
  async () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (states) => {
        const one = board();
        let lastFiring = Number.NEGATIVE_INFINITY;
        let open = false;
        for (const [at, active] of states.entries()) {
          for (const { status } of one.update([condition(active)], at * minute)) {
            if (status === 'resolved') assert.ok(open);
            else assert.ok(at - lastFiring >= 60);
            if (status === 'firing') lastFiring = at;
            open = status === 'firing';
          }
        }
      }),
    );
  },
);

t.test('names from clients do not fill the memory', async (t) => {
  const one = board();
  const many = Array.from({ length: 5_000 }, (_, index) => condition(true, `tenant-${index}`));
  one.update(many, 0);
  t.equal(one.size, 1_000);
  one.update([], 120 * minute);
  t.equal(one.size, 0);
});
