import t from 'tap';
import { Turns } from '../../../core/console/policies/turns.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import { settled } from '../../../sdk/testing/clock.ts';

t.test('so many run, so many wait in their order, the rest is refused', async (t) => {
  const turns = new Turns('checks', 2, 1);
  const begun: number[] = [];
  const ends = new Map<number, (failed?: Error) => void>();
  const start = (id: number) =>
    turns.run(async () => {
      begun.push(id);
      await new Promise<void>((resolve, reject) => {
        ends.set(id, (failed) => (failed === undefined ? resolve() : reject(failed)));
      });
      return id;
    });
  const [one, two, three] = [start(1), start(2), start(3)];
  await t.rejects(start(4), GatewayError);
  await settled();
  t.strictSame(begun, [1, 2]);
  ends.get(2)!(new Error('failed'));
  await t.rejects(two, /failed/);
  await settled();
  t.strictSame(begun, [1, 2, 3], 'a place is given back after a failure too');
  ends.get(1)!();
  ends.get(3)!();
  t.strictSame(await Promise.all([one, three]), [1, 3]);
  const five = start(5);
  await settled();
  ends.get(5)!();
  t.equal(await five, 5);
});
