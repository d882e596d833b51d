import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createMemoryCounters } from '../../../core/stores/counters/memory.ts';
import { createRedisCounters } from '../../../core/stores/counters/redis.ts';
import { addressScope } from '../../../plugins/token-limiter/address.ts';
import type { Counters } from '../../../sdk/counters.ts';
import type { Deny, JsonObject, PolicyVerb } from '../../../sdk/index.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import { redisMissing, startRedis } from '../../stores/redis.ts';
import { type Harness, harness, identity, usage } from './harness.ts';

function limit(options: JsonObject, more: Partial<PolicyVerb> = {}): PolicyVerb {
  return {
    verb: 'limit',
    options,
    policy: 'free-tier',
    rule: 'slow',
    at: '15-free.policy.ts:4',
    performer: '20-limits.yaml',
    ...more,
  };
}

/** How many of so many requests pass, each of them ended at once. */
async function passed(of: Harness, count: number, verbs: readonly PolicyVerb[], more: object = {}) {
  let admitted = 0;
  for (let index = 0; index < count; index += 1) {
    const one = of.request({ verbs, ...more });
    if ((await one.start())?.type !== 'deny') {
      admitted += 1;
      await one.attempt('cheap');
      await one.end({ usage: usage(10, 10) });
    } else await one.end({ outcome: 'denied' });
  }
  return admitted;
}

t.test('a refusal names the rule and the limit', async (t) => {
  const of = await harness();
  const verbs = [limit({ by: 'key', per: 'minute', requests: 1 })];
  t.equal(await passed(of, 1, verbs), 1);
  const deny = (await of.request({ verbs }).start()) as Deny;
  t.match(deny, {
    type: 'deny',
    status: 429,
    code: 'rate_limit_exceeded',
    message:
      'Too many requests a minute for key app: limit 1 by the rule free-tier/slow, used 1, needed 1. Try again in 1m0s.',
    retryAfterMs: 60_000,
    reason: 'requests of key k1, free-tier/slow',
    details: { limit: { policy: 'free-tier', rule: 'slow', at: '15-free.policy.ts:4', limit: 1 } },
  });
});

for (const [options, code, allowed] of [
  [{ by: 'tenant', per: 'hour', requests: 3 }, 'rate_limit_exceeded', 3],
  [{ by: 'tenant', per: 'day', requests: 3 }, 'rate_limit_exceeded', 3],
  [{ by: 'key', per: 'day', tokens: 250 }, 'token_cap_exceeded', 4],
  [{ by: 'user', per: 'month', usd: 0.0003 }, 'budget_exceeded', 1],
] as const) {
  t.test(`it counts as the plugin's own limits do: ${JSON.stringify(options)}`, async (t) => {
    const of = await harness({ file: { when_budget_is_short: 'refuse' } });
    const verbs = [limit(options)];
    t.equal(await passed(of, 8, verbs), allowed);
    t.match(await of.request({ verbs }).start(), { type: 'deny', code });
  });
}

t.test('concurrent requests are those under way', async (t) => {
  const of = await harness();
  const verbs = [limit({ by: 'key', per: 'minute', concurrent: 1 })];
  const first = of.request({ verbs });
  t.equal((await first.start())?.type, 'continue');
  t.match(await of.request({ verbs }).start(), { type: 'deny', code: 'rate_limit_exceeded' });
  await first.end();
  t.equal((await of.request({ verbs }).start())?.type, 'continue');
});

t.test('limits of the rule, of the file and of the key are held together or not at all', async (t) => {
  const of = await harness({ file: { limits: [{ by: 'global', per: 'day', requests: 9 }] } });
  const who = identity({ requestsPerMinute: 9 });
  const verbs = [limit({ by: 'key', per: 'day', requests: 1 })];
  t.equal(await passed(of, 3, verbs, { identity: who }), 1);
  t.equal((await of.read('requests|global|all|day|20-limits|2026-01-01')).spent, 1);
  t.equal((await of.read('requests|key|k1|day|free-tier/slow|2026-01-01')).spent, 1);
});

t.test('each rule counts for itself; of limits of one rule the lowest holds', async (t) => {
  const of = await harness();
  const two = limit({ by: 'key', per: 'minute', requests: 2 });
  const other = { ...two, rule: 'other' };
  t.equal(await passed(of, 3, [two]), 2);
  t.equal(await passed(of, 3, [other]), 2);
  const low = limit({ by: 'key', per: 'minute', requests: 1 }, { rule: 'both' });
  const high = limit({ by: 'key', per: 'minute', requests: 5 }, { rule: 'both' });
  t.equal(await passed(of, 3, [high, low]), 1);
});

t.test('verbs that another file carries out are left alone', async (t) => {
  const of = await harness();
  t.equal(
    await passed(of, 3, [limit({ by: 'key', per: 'minute', requests: 1 }, { performer: '60-b.yaml' })]),
    3,
  );
});

t.test('a request is limited by its address, an IPv6 one by its network', async (t) => {
  const of = await harness();
  const verbs = [limit({ by: 'ip', per: 'minute', requests: 1 })];
  t.equal(await passed(of, 2, verbs, { ip: '203.0.113.7' }), 1);
  t.equal(await passed(of, 2, verbs, { ip: '203.0.113.8' }), 1);
  t.equal(await passed(of, 1, verbs, { ip: '2001:db8::1' }), 1);
  t.equal(await passed(of, 1, verbs, { ip: '2001:db8:0:0:ffff::9' }), 0);
  t.match(await of.request({ verbs, ip: '2001:db8::2' }).start(), {
    message: /for address 2001:db8:0:0::\/64: limit 1 by the rule/,
  });
  for (const [ip, scope] of [
    ['::1', '0:0:0:0::/64'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8:00a:1:2:3:4:5', '2001:db8:a:1::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['not an address', 'not an address'],
  ] as const) {
    t.equal(addressScope(ip), scope);
  }
});

t.test('by model is by the name that was asked for; unknown names share a count', async (t) => {
  const of = await harness();
  const verbs = [limit({ by: 'model', per: 'minute', requests: 1 })];
  t.equal(await passed(of, 2, verbs, { model: 'cheap' }), 1);
  t.equal(await passed(of, 2, verbs, { model: 'both' }), 1);
  t.equal(await passed(of, 1, verbs, { model: 'x1' }), 1);
  t.equal(await passed(of, 1, verbs, { model: 'x2' }), 0);
});

t.test('more limits than counters take at once are a failure in words', async (t) => {
  const of = await harness();
  const verbs = Array.from({ length: 33 }, (_, index) =>
    limit({ by: 'key', per: 'minute', requests: 1, tokens: 1 }, { rule: `r${index}` }),
  );
  await t.rejects(
    of.request({ verbs }).start(),
    /at most 64 limits for one request, came 66: let fewer rules/,
  );
});

/** One request of many that come in any order: which of two limits it is under, and how it ends. */
interface CrowdRequest {
  readonly rule: 'a' | 'b';
  readonly end: 'used' | 'failed' | 'open';
  readonly tokens: number;
}

const crowd: fc.Arbitrary<CrowdRequest[]> = fc.array(
  fc.record({
    rule: fc.constantFrom('a', 'b'),
    end: fc.constantFrom('used', 'failed', 'open'),
    tokens: fc.nat(40),
  }),
  { minLength: 1, maxLength: 40 },
);

async function neverOver(counters: Counters, requests: readonly CrowdRequest[], id: string): Promise<void> {
  const of = await harness({ counters, file: { when_budget_is_short: 'refuse' } });
  const amounts = { a: { requests: 5, tokens: 700 }, b: { requests: 3, tokens: 400 } };
  const verbOf = (rule: 'a' | 'b') =>
    limit({ by: 'tenant', per: 'day', ...amounts[rule] }, { policy: id, rule });
  const sent = { a: 0, b: 0 };
  const run = async ({ rule, end, tokens }: CrowdRequest) => {
    const one = of.request({ verbs: [verbOf(rule)] });
    const decision = await one.start();
    const keys = (['requests', 'tokens'] as const).map(
      (quantity) => `${quantity}|tenant|acme|day|${id}/${rule}|2026-01-01`,
    );
    for (const [index, state] of (await counters.read(keys)).entries()) {
      const most = index === 0 ? amounts[rule].requests : amounts[rule].tokens;
      assert.ok(state.spent + state.held <= most, `${state.spent} + ${state.held} <= ${most}`);
    }
    if (decision?.type !== 'continue') return one.end({ outcome: 'denied' });
    sent[rule] += 1;
    await one.attempt('cheap');
    if (end === 'used') await one.end({ usage: usage(tokens, tokens) });
    if (end === 'failed') await one.end({ usage: null, outcome: 'failed' });
  };
  await Promise.all(requests.map(run));
  for (const rule of ['a', 'b'] as const) assert.ok(sent[rule] <= amounts[rule].requests);
}

t.test('never more is admitted than the amount of a rule, however requests come and end', async () => {
  await fc.assert(
    fc.asyncProperty(crowd, async (requests) => {
      await neverOver(createMemoryCounters({ clock: new FakeClock() }), requests, 'p');
    }),
    { numRuns: 60 },
  );
});

t.test('nor through Redis', { skip: redisMissing }, async (t) => {
  const redis = await startRedis();
  t.teardown(redis.stop);
  const clock = new FakeClock();
  const counters = createRedisCounters({
    url: redis.url,
    clock,
    log: recordingLog(),
    owner: 'gateway',
    mode: 'strict',
    deadlineMs: 5000,
  });
  t.teardown(() => counters.close());
  t.ok(await counters.connected(5000));
  let run = 0;
  await fc.assert(
    fc.asyncProperty(crowd, async (requests) => {
      run += 1;
      await neverOver(counters, requests, `p${run}`);
    }),
    { numRuns: 15 },
  );
});
