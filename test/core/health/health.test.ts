import t from 'tap';
import type { FailureKind } from '../../../sdk/target.ts';
import { breakIt, call, healthAt, rule } from './_rule.ts';

t.test('failures in a row open the breaker, and a success in between starts the count again', async (t) => {
  const { health } = healthAt();
  call(health).failed('server_error', null);
  call(health).failed('timeout', null);
  call(health).succeeded(1);
  call(health).failed('cut', null);
  call(health).failed('connect', null);
  t.match(health.of('a/b'), { breaker: 'closed', waitMs: 0, consecutiveFailures: 2, lastFailure: 'connect' });
  call(health).failed('malformed', null);
  t.match(health.of('a/b'), { breaker: 'open', waitMs: 1000, successes: 1, failures: 5 });
  t.strictSame(health.enter('a/b', rule), { type: 'wait', why: 'open', retryAfterMs: 1000 });
});

t.test('a share of failures opens it once there are enough calls', async (t) => {
  const { health, clock } = healthAt();
  for (let count = 0; count < 5; count++) {
    call(health).failed('server_error', null);
    t.equal(health.of('a/b').breaker, 'closed');
    if (count < 4) call(health).succeeded(0);
  }
  t.equal(health.of('a/b').breaker, 'closed', 'nine calls, five of them failed');
  call(health).succeeded(0);
  call(health).failed('server_error', null);
  t.equal(health.of('a/b').breaker, 'open');

  clock.ms = 1000;
  const fresh = healthAt();
  for (let count = 0; count < 20; count++) {
    call(fresh.health).failed('server_error', null);
    call(fresh.health).succeeded(0);
    fresh.clock.ms += 2000;
  }
  t.equal(fresh.health.of('a/b').breaker, 'closed', 'the window never holds ten calls');
});

t.test('after the cooldown one call probes, the others wait for it, and its success closes', async (t) => {
  const { health, clock } = healthAt();
  breakIt(health);
  clock.ms = 999;
  t.match(health.enter('a/b', rule), { type: 'wait', why: 'open', retryAfterMs: 1 });
  clock.ms = 1000;
  t.match(health.of('a/b'), { breaker: 'half-open', waitMs: 0 });
  const probe = call(health);
  t.equal(probe.probe, true);
  t.match(health.enter('a/b', rule), { type: 'wait', why: 'open', retryAfterMs: 1000 });
  t.match(health.of('a/b'), { breaker: 'half-open', inFlight: 1 });
  probe.answered(20);
  probe.succeeded(5);
  t.match(health.of('a/b'), { breaker: 'closed', waitMs: 0, consecutiveFailures: 0, inFlight: 0 });
  t.equal(call(health).probe, false);
});

t.test('the first piece of the probe’s answer closes it, however long the answer takes', async (t) => {
  const { health, clock } = healthAt();
  breakIt(health);
  clock.ms = 1000;
  const probe = call(health);
  probe.answered(20);
  t.match(health.of('a/b'), { breaker: 'closed', waitMs: 0, inFlight: 1 });
  t.equal(call(health).type, 'call', 'others need not wait for its end');
  probe.failed('cut', null);
  t.match(health.of('a/b'), { breaker: 'closed', consecutiveFailures: 1 }, 'which counts like any other’s');
});

t.test('each failed probe doubles the time, up to eight cooldowns', async (t) => {
  const { health, clock } = healthAt();
  breakIt(health);
  const waits: number[] = [];
  for (let count = 0; count < 5; count++) {
    clock.ms += health.of('a/b').waitMs;
    call(health).failed('server_error', null);
    waits.push(health.of('a/b').waitMs);
  }
  t.strictSame(waits, [2000, 4000, 8000, 8000, 8000]);
  clock.ms += 8000;
  call(health).succeeded(0);
  breakIt(health);
  t.equal(health.of('a/b').waitMs, 1000, 'a recovery is forgotten');
});

t.test('a probe that says nothing of the target is handed to the next caller', async (t) => {
  const { health, clock } = healthAt();
  breakIt(health);
  clock.ms = 1000;
  call(health).left();
  t.equal(health.of('a/b').breaker, 'half-open');
  call(health).failed('invalid_request', null);
  t.equal(health.of('a/b').breaker, 'half-open');
  const probe = call(health);
  t.equal(probe.probe, true);
  probe.failed('rate_limit', 300);
  t.match(health.enter('a/b', rule), { type: 'wait', why: 'resting', retryAfterMs: 300 });
  clock.ms += 300;
  t.equal(call(health).probe, true);
});

t.test('what began before the breaker opened or closed is old news', async (t) => {
  const { health, clock } = healthAt();
  const slow = Array.from({ length: 6 }, () => call(health));
  breakIt(health);
  slow[0]!.succeeded(1);
  t.equal(health.of('a/b').breaker, 'open', 'a late success does not close it');
  slow[1]!.failed('timeout', null);
  t.equal(health.of('a/b').waitMs, 1000, 'a late failure does not prolong it');
  clock.ms = 1000;
  call(health).succeeded(1);
  for (const late of slow.slice(2)) late.failed('timeout', null);
  t.match(health.of('a/b'), { breaker: 'closed', inFlight: 0, failures: 8, successes: 2 });
});

t.test('failures of the request itself never open a breaker and do not hide others', async (t) => {
  const { health } = healthAt();
  const own: FailureKind[] = [
    'invalid_request',
    'content_filter',
    'context_length',
    'unsupported',
    'not_found',
  ];
  for (let round = 0; round < 10; round++) for (const kind of own) call(health).failed(kind, null);
  t.match(health.of('a/b'), { breaker: 'closed', failures: 50, consecutiveFailures: 0 });
  for (let count = 0; count < 3; count++) {
    call(health).failed('server_error', null);
    if (count < 2) call(health).failed('invalid_request', null);
  }
  t.equal(health.of('a/b').breaker, 'open', 'whoever sends nonsense in between does not keep it closed');
});

t.test(
  'a target rests for as long as it asks, and a wrong word does not take it away for a day',
  async (t) => {
    const { health, clock } = healthAt();
    for (let count = 0; count < 5; count++) call(health, 'a/b', null).failed('rate_limit', 700);
    t.match(health.of('a/b'), { breaker: 'closed', waitMs: 700 });
    t.strictSame(health.enter('a/b', rule), { type: 'wait', why: 'resting', retryAfterMs: 700 });
    t.equal(health.enter('a/b', null).type, 'call', 'without a rule nothing is held back');
    call(health, 'a/b', null).failed('overloaded', 200);
    t.equal(health.of('a/b').waitMs, 700, 'the longer word holds');
    clock.ms = 700;
    t.equal(health.of('a/b').waitMs, 0);
    call(health).failed('overloaded', 86_400_000);
    t.equal(health.of('a/b').waitMs, 300_000);

    for (const restMs of [null, 0, -5, Number.NaN]) {
      const { health: other } = healthAt();
      for (let count = 0; count < 3; count++) call(other).failed('rate_limit', restMs);
      t.equal(other.of('a/b').breaker, 'open', `${restMs}: without a time it is a failure`);
    }
    const { health: both } = healthAt();
    for (let count = 0; count < 2; count++) call(both, 'a/b').failed('invalid_request', 5000);
    t.equal(both.of('a/b').waitMs, 0, 'a refused request is no reason to rest');
  },
);

t.test('without a rule nothing opens, and an open breaker lets through', async (t) => {
  const { health } = healthAt();
  for (let count = 0; count < 50; count++) call(health, 'a/b', null).failed('server_error', null);
  t.match(health.of('a/b'), { breaker: 'closed', consecutiveFailures: 50 });
  breakIt(health);
  const through = call(health, 'a/b', null);
  t.equal(through.probe, false);
  through.succeeded(1);
  t.equal(health.of('a/b').breaker, 'open', 'and does not close it');
});

t.test('requests of a minute are counted, sliding', async (t) => {
  const { health, clock } = healthAt(500);
  const capacity = { requestsPerMinute: 3 };
  const enter = () => health.enter('a/b', rule, capacity);
  for (const atMs of [500, 20_000, 40_000]) {
    clock.ms = atMs;
    const entered = enter();
    if (entered.type !== 'call') throw new Error('full too early');
    entered.left();
  }
  t.strictSame(enter(), { type: 'wait', why: 'full', retryAfterMs: 21_000 });
  t.equal(health.of('a/b').waitMs, 21_000);
  t.equal(health.enter('a/b', rule).type, 'call', 'without a capacity nothing is held back for use');
  clock.ms = 61_000;
  t.match(enter(), { type: 'wait', why: 'full' }, 'that one was counted too');
  clock.ms = 81_000;
  t.equal(enter().type, 'call');
});

t.test('tokens of a minute are counted, those of calls under way by the average', async (t) => {
  const { health, clock } = healthAt();
  const capacity = { tokensPerMinute: 1000 };
  const enter = () => health.enter('a/b', null, capacity);
  const first = enter();
  if (first.type !== 'call') throw new Error('full too early');
  first.succeeded(400);
  const second = enter();
  t.equal(second.type, 'call');
  t.equal(enter().type, 'call', '400 used and 400 expected');
  t.strictSame(enter(), { type: 'wait', why: 'full', retryAfterMs: 1000 }, '400 used and 800 expected');
  if (second.type === 'call') second.succeeded(600);
  t.match(enter(), { type: 'wait', retryAfterMs: 61_000 });
  clock.ms = 61_000;
  t.equal(enter().type, 'call');
});

t.test('the longest of several waits is told', async (t) => {
  const { health } = healthAt();
  const capacity = { requestsPerMinute: 1 };
  const first = health.enter('a/b', rule, capacity);
  if (first.type === 'call') first.failed('overloaded', 200_000);
  t.match(health.enter('a/b', rule, capacity), { why: 'resting', retryAfterMs: 200_000 });
});

t.test('a slow answer counts at once, faster ones bring it down, and it fades', async (t) => {
  const { health, clock } = healthAt();
  t.equal(health.of('a/b').latencyMs, null);
  const answer = (ms: number) => {
    const made = call(health);
    made.answered(ms);
    made.answered(1);
    made.succeeded(0);
    made.answered(1_000_000);
  };
  answer(100);
  t.equal(health.of('a/b').latencyMs, 100);
  answer(4000);
  t.equal(health.of('a/b').latencyMs, 4000);
  for (let count = 0; count < 100; count++) {
    clock.ms += 500;
    answer(100);
  }
  const settled = health.of('a/b').latencyMs!;
  t.ok(settled >= 95 && settled < 140, `${settled}`);
  clock.ms += 30_000;
  t.ok(health.of('a/b').latencyMs! < 10);
});

t.test('who is silent until the time is up is slow', async (t) => {
  const { health, clock } = healthAt();
  const silent = call(health);
  clock.ms = 8000;
  silent.failed('timeout', null);
  t.equal(health.of('a/b').latencyMs, 8000);
  const refused = call(health, 'c/d');
  refused.failed('connect', null);
  t.equal(health.of('c/d').latencyMs, null);
});

t.test('retries are a share of the requests', async (t) => {
  const { health } = healthAt();
  t.strictSame(
    [1, 2, 3, 4].map(() => health.allowRetry('a/b')),
    [true, true, true, false],
  );
  for (let count = 0; count < 10; count++) health.earnRetry('a/b', 0.25);
  t.strictSame(
    [1, 2, 3].map(() => health.allowRetry('a/b')),
    [true, true, false],
  );
  t.strictSame(health.all(), [], 'nothing was asked');
});

t.test('ids are listed in the order in which they were last asked', async (t) => {
  const { health } = healthAt();
  for (const id of ['a', 'b', 'c', 'a']) call(health, id).succeeded(0);
  t.strictSame(
    health.all().map(({ id, successes }) => [id, successes]),
    [
      ['b', 1],
      ['c', 1],
      ['a', 2],
    ],
  );
});

t.test('a thousand ids are kept, and what is under way or held back is forgotten last', async (t) => {
  const { health } = healthAt();
  const busy = call(health, 'busy');
  breakIt(health, 'broken');
  call(health, 'resting').failed('rate_limit', 1000);
  for (let count = 0; count < 3000; count++) call(health, `made-up/${count}`).succeeded(0);
  t.equal(health.all().length, 1000);
  t.match(health.of('busy'), { inFlight: 1 });
  t.match(health.of('broken'), { breaker: 'open' });
  t.ok(health.of('resting').waitMs > 0);
  t.match(health.of('made-up/2999'), { successes: 1 });

  const many = Array.from({ length: 3000 }, (_, count) => call(health, `open/${count}`));
  t.equal(health.all().length, 1000, 'even where all of them are under way');
  for (const one of [busy, ...many]) one.left();
  t.ok(health.all().every(({ inFlight }) => inFlight === 0));
});
