import t from 'tap';
import { SteadyTime } from '../../../sdk/budget/steady-time.ts';

t.test('whoever asks for the time of a clock gets the same one, so no window opens twice', (t) => {
  let wallMs = Date.UTC(2026, 0, 2);
  let monotonicMs = 0;
  const clock = { now: () => wallMs, monotonic: () => monotonicMs };
  const limiter = SteadyTime.of(clock);
  t.equal(limiter.now(), Date.UTC(2026, 0, 2));
  wallMs -= 3_600_000;
  monotonicMs += 10;
  t.equal(
    SteadyTime.of(clock).now(),
    Date.UTC(2026, 0, 2) + 5,
    'not yesterday, for one that was set up later either',
  );
  t.equal(SteadyTime.of(clock), limiter);
  t.not(SteadyTime.of({ ...clock }), limiter);
  t.end();
});
