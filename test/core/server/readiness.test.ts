import t from 'tap';
import { readinessOf, targetsJson } from '../../../core/server/readiness.ts';
import { breakIt, call, healthAt, rule } from '../health/_rule.ts';
import { modelsOf, target } from '../route/models.ts';

const models = modelsOf({ smart: [target('one/a'), target('two/b')], cheap: [target('two/b')] });

t.test(
  'a gateway is ready until all targets that it has are broken, and again when one may be probed',
  async (t) => {
    const { health, clock } = healthAt();
    const ready = () => readinessOf(false, models, health);
    t.equal(ready(), 'ok');
    breakIt(health, 'one/a');
    t.equal(ready(), 'ok');
    call(health, 'two/b').failed('rate_limit', 5000);
    t.equal(ready(), 'ok', 'a target that rests is not broken');
    clock.ms = 5000;
    breakIt(health, 'two/b');
    t.equal(ready(), 'ok', 'the first may be probed');
    const probe = call(health, 'one/a');
    t.equal(ready(), 'no_healthy_target', 'one is open, the other under test');
    probe.succeeded(1);
    t.equal(ready(), 'ok');
    breakIt(health, 'one/a');
    t.equal(ready(), 'no_healthy_target');
    clock.ms += 1000;
    t.equal(ready(), 'ok');
    t.equal(readinessOf(true, models, health), 'draining');
    t.equal(readinessOf(false, modelsOf({}), health), 'ok', 'without aliases there is nothing to judge by');
  },
);

t.test('targets and keys that were asked are told, names made up by clients to the owner only', async (t) => {
  const { health } = healthAt();
  t.strictSame(targetsJson(models, health, true), []);
  const first = call(health, 'one/a');
  first.answered(120.4);
  first.succeeded(10);
  call(health, 'one#2', null).failed('auth', 60_000);
  call(health, 'one/somebody#1').succeeded(1);
  breakIt(health, 'two/b');
  call(health, 'two/b', null);
  const all = [
    {
      id: 'one/a',
      breaker: 'closed',
      wait_ms: 0,
      in_flight: 0,
      latency_ms: 120,
      successes: 1,
      failures: 0,
      last_failure: null,
    },
    { id: 'one#2', wait_ms: 60_000, latency_ms: null, failures: 1, last_failure: 'auth' },
    { id: 'one/somebody#1' },
    { id: 'two/b', breaker: 'open', wait_ms: rule.cooldownMs, in_flight: 1, last_failure: 'server_error' },
  ];
  t.match(targetsJson(models, health, true), all);
  t.match(
    targetsJson(models, health, false),
    all.filter(({ id }) => id !== 'one/somebody#1'),
  );
  t.equal(targetsJson(models, health, false).length, 3);
});
