import t from 'tap';
import type { Deny, IdentityLimits } from '../../../sdk/index.ts';
import { budget, harness, identity, usage } from './harness.ts';

/** One limit, a request that uses it up, and what the next one is told. */
interface Case {
  readonly name: string;
  readonly file?: Readonly<Record<string, unknown>>;
  readonly key?: Partial<IdentityLimits>;
  readonly tenant?: Partial<IdentityLimits>;
  /** What the first request turns out to use. */
  readonly used?: readonly [input: number, output: number];
  /** The first one stays under way. */
  readonly open?: boolean;
  readonly status: number;
  readonly code: string;
  /** Exactly this, on the clock of the test. */
  readonly retryAfterMs: number | null;
  readonly message: RegExp;
}

const untilTomorrowMs = 86_400_000;
const untilFebruaryMs = 31 * 86_400_000;
const refuse = { when_budget_is_short: 'refuse' };
/** A request of 100 output tokens needs 186 tokens at most, and $0.000286 for `cheap`. */
const cases: readonly Case[] = [
  {
    name: 'requests a minute of a key',
    key: { requestsPerMinute: 1 },
    status: 429,
    code: 'rate_limit_exceeded',
    retryAfterMs: 60_000,
    message: /^Too many requests a minute for key app: limit 1, used 1, needed 1\. Try again in 1m0s\.$/,
  },
  {
    name: 'requests a minute of a tenant',
    tenant: { requestsPerMinute: 1 },
    status: 429,
    code: 'rate_limit_exceeded',
    retryAfterMs: 60_000,
    message: /^Too many requests a minute for tenant acme:/,
  },
  {
    name: 'tokens a minute, with what came more than was expected',
    key: { tokensPerMinute: 200 },
    used: [80, 120],
    status: 429,
    code: 'rate_limit_exceeded',
    // 107 are needed: 5 for the input and a fourth more, 100 for the answer.
    retryAfterMs: 32_100,
    message:
      /^Too many tokens a minute for key app: limit 200, used 200, needed 107\. Try again in 32\.1s\.$/,
  },
  {
    name: 'output tokens a minute',
    key: { outputTokensPerMinute: 100 },
    used: [5, 90],
    status: 429,
    code: 'rate_limit_exceeded',
    retryAfterMs: 54_000,
    message: /^Too many output tokens a minute for key app:/,
  },
  {
    name: 'requests at the same time',
    key: { concurrentRequests: 1 },
    open: true,
    status: 429,
    code: 'rate_limit_exceeded',
    retryAfterMs: 1000,
    message:
      /^Too many requests at the same time for key app: limit 1, held by requests under way 1, needed 1\. Try again when one of them has ended\.$/,
  },
  {
    name: 'tokens a day of a tenant',
    file: refuse,
    tenant: { tokensPerDay: 200 },
    used: [40, 60],
    status: 429,
    code: 'token_cap_exceeded',
    retryAfterMs: untilTomorrowMs,
    message:
      /^Too many tokens for 2026-01-01 for tenant acme: limit 200, used 100, held by requests under way 0, needed 186\. It resets at 2026-01-02T00:00:00\.000Z\. Lower max_tokens, or try again then\.$/,
  },
  {
    name: 'a budget of a key',
    file: refuse,
    key: { budget: budget(300_000) },
    used: [10, 50],
    status: 402,
    code: 'budget_exceeded',
    retryAfterMs: untilFebruaryMs,
    message:
      /^The budget of key app is short: limit \$0\.0003, used \$0\.00011, held by requests under way \$0\.00, needed \$0\.000286 at most\. It resets at 2026-02-01T00:00:00\.000Z\. Lower max_tokens, or try again then\.$/,
  },
  {
    name: 'a budget that others hold',
    file: refuse,
    key: { budget: budget(300_000) },
    open: true,
    status: 402,
    code: 'budget_exceeded',
    retryAfterMs: 1000,
    message: /held by requests under way \$0\.000286, .* Try again when requests under way have ended\.$/,
  },
  {
    name: 'a budget that is too small for the request even unused',
    file: refuse,
    key: { budget: budget(50_000) },
    status: 402,
    code: 'budget_exceeded',
    retryAfterMs: null,
    message: /Even unused it is too small for this request\. Lower max_tokens or shorten the input, or ask/,
  },
  {
    name: 'a budget with a status of its own',
    file: { ...refuse, budget_status: 429 },
    key: { budget: budget(50_000) },
    status: 429,
    code: 'budget_exceeded',
    retryAfterMs: null,
    message: /^The budget of key app/,
  },
  {
    name: 'a key that may make no request at all',
    key: { requestsPerMinute: 0 },
    status: 429,
    code: 'rate_limit_exceeded',
    retryAfterMs: null,
    message: /It allows nothing; ask for a higher one\.$/,
  },
  {
    name: 'requests a day of everybody',
    file: { limits: [{ by: 'global', per: 'day', requests: 1 }] },
    status: 429,
    code: 'rate_limit_exceeded',
    retryAfterMs: untilTomorrowMs,
    message: /^Too many requests for 2026-01-01 for this gateway: limit 1, used 1,/,
  },
  {
    name: 'requests an hour of a feature',
    file: {
      limits: [
        { by: 'feature', per: 'hour', requests: 2 },
        { by: 'feature', per: 'hour', requests: 1 },
      ],
    },
    status: 429,
    code: 'rate_limit_exceeded',
    retryAfterMs: 3_600_000,
    message: /^Too many requests an hour for feature none of tenant acme: limit 1,/,
  },
  {
    name: 'requests a minute of users, nameless ones together',
    file: { limits: [{ by: 'user', per: 'minute', requests: 1 }] },
    status: 429,
    code: 'rate_limit_exceeded',
    retryAfterMs: 60_000,
    message: /^Too many requests a minute for requests without a user of tenant acme:/,
  },
  {
    name: 'input tokens a week',
    file: { limits: [{ by: 'key', per: 'week', input_tokens: 100 }] },
    used: [50, 0],
    status: 429,
    code: 'token_cap_exceeded',
    // New Year's Day of 2026 is a Thursday.
    retryAfterMs: 4 * 86_400_000,
    message: /^Too many input tokens for the week of 2025-12-29 for key app:.* Try again then\.$/,
  },
  {
    name: 'money an hour',
    file: { ...refuse, limits: [{ by: 'tenant', per: 'hour', usd: '$0.0003' }] },
    used: [10, 50],
    status: 402,
    code: 'budget_exceeded',
    retryAfterMs: 3_600_000,
    message: /^The budget of tenant acme for 2026-01-01T00 is short: limit \$0\.0003,/,
  },
  {
    name: 'money for ever',
    file: { ...refuse, limits: [{ by: 'key', per: 'total', usd: 0.0003 }] },
    used: [10, 50],
    status: 402,
    code: 'budget_exceeded',
    retryAfterMs: null,
    message: /^The budget of key app for all time is short:.* or ask for a higher limit\.$/,
  },
];

for (const { name, file, key, tenant, used, open, status, code, retryAfterMs, message } of cases) {
  t.test(`a limit names itself: ${name}`, async (t) => {
    const { request } = await harness(file === undefined ? {} : { file });
    const who = identity(key, tenant ?? null);
    const first = request({ identity: who });
    if ((await first.start())?.type !== 'deny') {
      await first.attempt('cheap');
      if (open !== true) await first.end({ usage: usage(...(used ?? [5, 20])) });
    }
    const second = request({ identity: who });
    const denial = (await second.start()) as Deny;
    t.equal(denial.type, 'deny');
    t.equal(denial.status, status);
    t.equal(denial.code, code);
    t.equal(denial.retryAfterMs ?? null, retryAfterMs);
    t.match(denial.message, message);
    const { limit } = denial.details as { limit: Record<string, unknown> };
    for (const field of ['by', 'scope', 'quantity', 'limit', 'used', 'held', 'needed']) {
      t.not(limit[field], undefined, `the details have ${field}`);
    }
    await first.end();
    await second.end();
  });
}

t.test('Retry-After is true to the millisecond', async (t) => {
  for (const [key, file] of [
    [{ requestsPerMinute: 7 }, {}],
    [{ tokensPerMinute: 1009 }, {}],
    [{ outputTokensPerMinute: 311 }, {}],
    [{ tokensPerDay: 500 }, { when_budget_is_short: 'refuse' }],
    [{ tokensPerDay: 500, requestsPerMinute: 2 }, { when_budget_is_short: 'refuse' }],
  ] as const) {
    const { request, clock } = await harness({ file });
    const who = identity(key);
    const ask = async () => {
      const one = request({ identity: who });
      const decision = await one.start();
      await one.end();
      if (decision?.type !== 'deny') await one.end();
      return decision;
    };
    // Everything stays as it was held: nothing is given back.
    const spend = async () => {
      for (;;) {
        const one = request({ identity: who });
        const decision = await one.start();
        if (decision?.type === 'deny') return decision.retryAfterMs!;
        await one.attempt('cheap');
        await one.end({ usage: usage(86, 100) });
      }
    };
    await clock.advance(12_345);
    const waitMs = await spend();
    t.ok(waitMs > 0, `waits ${waitMs} ms`);
    await clock.advance(waitMs - 1);
    const early = await ask();
    t.equal(early?.type, 'deny', 'a millisecond before');
    t.equal((early as Deny).retryAfterMs, 1);
    await clock.advance(1);
    t.not((await ask())?.type, 'deny', 'then');
  }
});

t.test('of several limits the one that is in the way the longest is named', async (t) => {
  const { request } = await harness({
    file: { when_budget_is_short: 'refuse', limits: [{ by: 'key', per: 'day', requests: 1 }] },
  });
  const who = identity({ requestsPerMinute: 1, concurrentRequests: 1 });
  const first = request({ identity: who });
  await first.start();
  const denial = (await request({ identity: who }).start()) as Deny;
  t.equal(denial.retryAfterMs, untilTomorrowMs);
  t.match(denial.message, /^Too many requests for 2026-01-01/);
});

t.test('answers and refusals say what is left in OpenAI’s headers, of the tightest limits', async (t) => {
  const { request } = await harness({ file: { limits: [{ by: 'global', per: 'minute', requests: 100 }] } });
  const who = identity(
    { requestsPerMinute: 2, tokensPerMinute: 6000 },
    { requestsPerMinute: 50, tokensPerDay: 1e6 },
  );
  const first = request({ identity: who });
  t.strictSame((await first.start())?.responseHeaders, {
    'x-ratelimit-limit-requests': '2',
    'x-ratelimit-remaining-requests': '1',
    'x-ratelimit-reset-requests': '30s',
    'x-ratelimit-limit-tokens': '6000',
    'x-ratelimit-remaining-tokens': '5893',
    'x-ratelimit-reset-tokens': '1.07s',
  });
  await request({ identity: who }).start();
  const denial = await request({ identity: who }).start();
  t.equal(denial?.type, 'deny');
  t.match(denial?.responseHeaders, {
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '1m0s',
  });
});

t.test('each scope has its own count', async (t) => {
  const { request } = await harness({
    file: {
      limits: [
        { by: 'user', per: 'minute', requests: 1 },
        { by: 'feature', per: 'day', requests: 2 },
      ],
    },
  });
  const ask = async (user: string | null, feature: string | null, tenant = 'acme') => {
    const base = identity({}, null, { user, feature });
    const who = { ...base, tenant: { ...base.tenant, id: tenant } };
    return (await request({ identity: who }).start())?.type;
  };
  t.equal(await ask('u1', 'search'), 'continue');
  t.equal(await ask('u2', 'search'), 'continue');
  t.equal(await ask('u3', 'search'), 'deny', 'the feature is used up');
  t.equal(await ask('u3', 'other'), 'continue', 'the refused request took nothing of the user');
  t.equal(await ask('u1', 'other'), 'deny', 'the user is used up');
  t.equal(await ask('u1', 'search', 'rival'), 'continue', 'the same names of another tenant are others');
  t.equal(await ask(null, null), 'continue');
  t.equal(await ask(null, null), 'deny', 'requests without a user share one count');
});

t.test('ids of any kind are keys that cannot be mistaken for each other', async (t) => {
  const { request, counters } = await harness({
    file: { limits: [{ by: 'user', per: 'day', requests: 1 }] },
  });
  const seen = new Set<string>();
  const admit = counters.admit.bind(counters);
  counters.admit = (id, reservations, ttlMs) => {
    for (const { key } of reservations) {
      t.ok(key.length <= 200, `${key.length} characters`);
      seen.add(key);
    }
    return admit(id, reservations, ttlMs);
  };
  const users = [
    'a|b',
    'a',
    'b',
    '\ud800',
    'é',
    'x'.repeat(500),
    'x'.repeat(499),
    '',
    'none',
    null,
    'a|',
    '~a',
  ];
  for (const user of users) {
    const one = request({ identity: identity({}, null, { user }) });
    const decision = await one.start();
    if (user === null) t.equal(decision?.type, 'deny', 'no user is "none"');
    else t.equal(decision?.type, 'continue', JSON.stringify(user));
  }
  t.equal(seen.size, users.length - 1);
});

t.test('limits by provider and model count attempts, and leave the next target its chance', async (t) => {
  const { request } = await harness({
    file: {
      limits: [
        { by: 'model', per: 'minute', requests: 1 },
        { by: 'provider', concurrent: 2 },
      ],
    },
  });
  const plan = ['a/one', 'a/two', 'b/three'];
  const first = request({ model: 'a/one' });
  t.equal(await first.start(), undefined, 'nothing limits the request itself');
  t.equal((await first.attempt('a/one', plan))?.type, 'continue');
  const second = request({ model: 'a/one' });
  await second.start();
  const skipped = await second.attempt('a/one', plan);
  t.equal(skipped?.type, 'skip');
  t.match(skipped?.details, { limit: { by: 'model', scope: 'a/one', quantity: 'requests' } });
  t.equal((await second.attempt('a/two', plan))?.type, 'continue');
  const third = request({ model: 'a/two' });
  await third.start();
  const denied = (await third.attempt('a/two', ['a/two'])) as Deny;
  t.equal(denied.type, 'deny', 'no target is left');
  t.equal(denied.code, 'rate_limit_exceeded');
  t.match(denied.message, /for (model a\/two|provider a)/);
  await first.end({ usage: usage(1, 1) });
  const fourth = request({ model: 'a/four' });
  await fourth.start();
  t.equal((await fourth.attempt('a/four'))?.type, 'continue', 'the place at the provider is free again');
});

t.test('an attempt that failed makes room at its provider while the next one is under way', async (t) => {
  const { request, read } = await harness({ file: { limits: [{ by: 'provider', concurrent: 1 }] } });
  const first = request({ model: 'a/one' });
  await first.start();
  await first.attempt('a/one', ['a/one', 'b/two']);
  t.equal((await read('concurrent|provider|a|20-limits')).held, 1);
  await first.attempt('b/two', ['a/one', 'b/two']);
  t.equal((await read('concurrent|provider|a|20-limits')).held, 0);
  t.equal((await read('concurrent|provider|b|20-limits')).held, 1);
  await first.end({ usage: usage(1, 1) });
  t.equal((await read('concurrent|provider|b|20-limits')).held, 0);
});

t.test('limits of a model hold money and tokens of that model alone', async (t) => {
  const { request, read } = await harness({
    file: {
      limits: [
        { by: 'model', per: 'day', usd: '$0.0003' },
        { by: 'provider', per: 'day', tokens: 1000 },
      ],
    },
  });
  const usd = 'usd|model|up/cheap|day|20-limits|2026-01-01';
  const tokens = 'tokens|provider|up|day|20-limits|2026-01-01';
  const first = request();
  await first.start();
  await first.attempt('cheap');
  t.equal((await read(usd)).held, 286_000);
  t.equal((await read(tokens)).held, 186);
  await first.end({ usage: usage(10, 50) });
  t.strictSame(await read(usd), { spent: 110_000, held: 0 });
  t.strictSame(await read(tokens), { spent: 60, held: 0 });
  const second = request();
  await second.start();
  const clamped = await second.attempt('cheap');
  t.match(clamped, { type: 'continue', changes: { maxOutputTokens: 52 } }, 'what is left pays for 52 tokens');
  await second.end({ usage: usage(10, 52) });
});

t.test('counting tokens is a request and nothing else', async (t) => {
  const { request, read } = await harness({ file: { limits: [{ by: 'key', per: 'day', tokens: 10 }] } });
  const who = identity({ requestsPerMinute: 10, budget: budget(1), tokensPerMinute: 1 });
  const one = request({
    api: 'count_tokens',
    identity: who,
    body: { messages: [{ role: 'user', content: 'Hi' }] },
  });
  t.match(await one.start(), {
    type: 'continue',
    responseHeaders: { 'x-ratelimit-remaining-requests': '9' },
  });
  await one.attempt('cheap');
  await one.end({ usage: usage(100, 0) });
  t.equal((await read('requests|key|k1|minute')).spent, 1);
});

t.test('two files with limits of their own count a key’s limits once', async (t) => {
  const first = await harness({
    name: '20-limits.yaml',
    file: { limits: [{ by: 'key', per: 'day', requests: 5 }] },
  });
  const second = await harness({
    name: '21-more.yaml',
    clock: first.clock,
    counters: first.counters,
    file: { limits: [{ by: 'key', per: 'day', requests: 3 }] },
  });
  const who = identity({ requestsPerMinute: 10 });
  const decision = await first.request({ identity: who }).start();
  await second.request({ identity: who, tags: decision?.tags ?? {} }).start();
  t.equal((await first.read('requests|key|k1|minute')).spent, 1);
  t.equal((await first.read('requests|key|k1|day|20-limits|2026-01-01')).held, 1);
  t.equal((await first.read('requests|key|k1|day|21-more|2026-01-01')).held, 1);
});

t.test('a clock that is set back does not bring an older window again', async (t) => {
  const { request, clock } = await harness({
    file: { when_budget_is_short: 'refuse', limits: [{ by: 'key', per: 'day', requests: 1 }] },
  });
  await clock.advance(86_400_000);
  const ask = async () => (await request().start())?.type;
  t.equal(await ask(), 'continue');
  clock.jump(-7 * 86_400_000);
  t.equal(await ask(), 'deny');
  await clock.advance(86_400_000 * 2);
  t.equal(await ask(), 'continue', 'time goes on nevertheless, at half its speed');
});

t.test('limits that make no sense are refused at load, in words', async (t) => {
  await t.rejects(harness({ file: { limits: [{ by: 'key', requests: 5 }] } }), {
    message: 'limits[0]: requests needs "per", such as per: minute; came none',
  });
  await t.rejects(harness({ file: { limits: [{ by: 'key', per: 'day' }] } }), {
    message: /at least one of requests/,
  });
  await t.rejects(harness({ file: { limits: [{ by: 'planet', per: 'day', requests: 1 }] } }), {
    message: /by/,
  });
  await t.rejects(harness({ file: { limits: [{ by: 'key', per: 'day', requests: -1 }] } }), {
    message: /requests/,
  });
  await t.rejects(harness({ file: { limits: [{ by: 'key', per: 'day', usd: '-$5' }] } }), { message: /usd/ });
  await t.rejects(harness({ file: { limits: [{ by: 'key', per: 'day', request: 1 }] } }), {
    message: /request/,
  });
  await t.rejects(harness({ file: { warn_at: 2 } }), { message: /warn_at/ });
});
