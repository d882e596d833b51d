import t from 'tap';
import type { Deny, Trace, Usage } from '../../../sdk/index.ts';
import { attempt, budget, budgetKey, harness, identity, usage } from './harness.ts';

/** `Hi` with 100 output tokens at `cheap`: 86 input tokens at $1 and 100 output tokens at $2 for a million, at most. */
const mostOfHi = 286_000;

t.test('the most that a request can cost is held, and what it cost is booked once', async (t) => {
  const { request, read, clock } = await harness();
  const one = request({ identity: identity({ budget: budget(1_000_000_000) }) });
  t.match(await one.start(), { type: 'continue', tags: { limits: '20-limits.yaml' } });
  t.strictSame(await read(budgetKey), { spent: 0, held: mostOfHi });
  t.equal(await one.attempt('cheap'), undefined, 'what is held is enough for the target');
  await one.end({ usage: usage(8, 20) });
  t.strictSame(await read(budgetKey), { spent: 48_000, held: 0 });
  await one.end({ usage: usage(8, 20) });
  t.strictSame(await read(budgetKey), { spent: 48_000, held: 0 });
  t.equal(clock.pending, 0, 'no timer is left');
});

t.test('what is held is enough for the dearest target of the alias', async (t) => {
  const { request, read } = await harness();
  const one = request({ model: 'both', identity: identity({ budget: budget(1e9) }) });
  await one.start();
  t.equal((await read(budgetKey)).held, 10 * mostOfHi);
  t.equal(await one.attempt('dear', ['cheap', 'dear']), undefined);
  await one.end({ usage: usage(8, 20) });
  t.equal((await read(budgetKey)).spent, 480_000);
});

const responds: Trace['steps'] = [
  { hook: 'beforeUpstream', file: '', name: '', decision: 'respond', startedMs: 0, durationUs: 0 },
];
const endings: readonly (readonly [
  name: string,
  ending: { usage?: Usage | null; steps?: Trace['steps']; outcome?: Trace['outcome'] },
  sent: boolean,
  spent: number,
])[] = [
  ['a whole answer', { usage: usage(8, 20) }, true, 48_000],
  ['an error of the provider', { outcome: 'failed' }, true, 0],
  ['a refusal by a later step', { outcome: 'denied' }, false, 0],
  ['an answer of a cache', { usage: usage(8, 20), steps: responds.slice() }, false, 0],
  [
    'an answer of a policy after an attempt that failed',
    { usage: usage(8, 20), steps: responds.slice() },
    true,
    0,
  ],
  ['a client that left before there was anything', { outcome: 'client_gone' }, true, 0],
  [
    'a client that left in the middle',
    { usage: usage(8, 3, { estimated: true }), outcome: 'client_gone' },
    true,
    14_000,
  ],
  [
    'a stream that was cut',
    { usage: usage(8, 5, { estimated: true }), outcome: 'interrupted' },
    true,
    18_000,
  ],
  ['the end of the process', { usage: usage(8, 1, { estimated: true }), outcome: 'shutdown' }, true, 10_000],
  [
    'cached and reasoning tokens',
    { usage: usage(8, 20, { cacheReadTokens: 10, reasoningTokens: 5 }) },
    true,
    58_000,
  ],
  ['counts that are none', { usage: usage(-5, 20.4, { cacheReadTokens: Number.NaN }) }, true, 40_000],
  ['an estimate above what is possible', { usage: usage(8, 5000, { estimated: true }) }, true, mostOfHi],
  ['a provider that charges more than is possible', { usage: usage(8, 5000) }, true, 10_008_000],
];

for (const [name, ending, sent, spent] of endings) {
  t.test(`settles once, the request counted: ${name}`, async (t) => {
    const { request, read, clock, counters } = await harness();
    let settlements = 0;
    const settle = counters.settle.bind(counters);
    counters.settle = (...args) => {
      settlements += 1;
      return settle(...args);
    };
    const who = identity({ budget: budget(1e9), requestsPerMinute: 60, concurrentRequests: 1 });
    const one = request({ identity: who });
    await one.start();
    if (sent) await one.attempt('cheap');
    await one.end(ending);
    t.equal(settlements, 1);
    t.strictSame(await read(budgetKey), { spent, held: 0 });
    t.equal((await read('concurrent|key|k1')).held, 0);
    t.equal((await read('requests|key|k1|minute')).spent, 1);
    t.equal(clock.pending, 0);
  });
}

t.test('a request that this plugin refused, or never saw, settles nothing', async (t) => {
  const { request, read } = await harness();
  const refused = request({ identity: identity({ budget: budget(10) }) });
  t.equal((await refused.start())?.type, 'deny');
  await refused.end({ outcome: 'denied' });
  await request().end({ outcome: 'denied' });
  t.strictSame(await read(budgetKey), { spent: 0, held: 0 });
});

t.test('attempts that say what they cost are all paid', async (t) => {
  const { request, read } = await harness();
  const one = request({ model: 'both', identity: identity({ budget: budget(1e9) }) });
  await one.start();
  const cut = Object.assign(attempt(1, 'dear', { failure: 'cut' }), { usage: usage(8, 3) });
  await one.end({ attempts: [cut, attempt(2, 'cheap')], usage: usage(8, 20) });
  t.equal((await read(budgetKey)).spent, 140_000 + 48_000);
});

t.test('a dearer target than what was held for is topped up, or left', async (t) => {
  const { request, read } = await harness({ file: { when_budget_is_short: 'refuse' } });
  const who = identity({ budget: budget(10 * mostOfHi) });
  const one = request({ identity: who });
  await one.start();
  t.equal((await one.attempt('dear'))?.type, 'continue');
  t.equal((await read(budgetKey)).held, 10 * mostOfHi);
  t.equal(await one.attempt('dear'), undefined, 'another try is covered');
  const two = request({ identity: who });
  t.equal((await two.start())?.type, 'deny', 'nothing is left');
  await one.end({ usage: usage(80, 100) });
  t.strictSame(await read(budgetKey), { spent: 2_800_000, held: 0 });

  const three = request({ identity: identity({ budget: budget(2_800_000 + 5 * mostOfHi) }) });
  await three.start();
  const skip = await three.attempt('dear', ['dear', 'cheap']);
  t.equal(skip?.type, 'skip');
  t.match(skip?.details, { limit: { by: 'key', quantity: 'usd', needed: 9 * mostOfHi } });
  t.equal(await three.attempt('cheap', ['dear', 'cheap']), undefined);
  const deny = (await three.attempt('dear', ['cheap', 'dear'])) as Deny;
  t.match(deny, { type: 'deny', status: 402, code: 'budget_exceeded' });
  await three.end();
  t.equal((await read(budgetKey)).held, 0);
});

t.test('what tops a hold up is settled so that spent and held never grow together', async (t) => {
  const { request, read, counters } = await harness();
  const who = identity({ budget: budget(1e9) });
  for (const used of [usage(1, 1), usage(8, 20), usage(80, 100)]) {
    const one = request({ identity: who });
    const before = (await read(budgetKey)).spent;
    await one.start();
    await one.attempt('dear');
    const settle = counters.settle.bind(counters);
    const seen: number[] = [];
    counters.settle = async (...args) => {
      await settle(...args);
      const { spent, held } = await read(budgetKey);
      seen.push(spent + held);
    };
    await one.end({ usage: used });
    counters.settle = settle;
    t.ok(seen.every((sum) => sum <= before + 10 * mostOfHi));
    t.equal((await read(budgetKey)).spent - before, used.inputTokens * 10_000 + used.outputTokens * 20_000);
  }
});

t.test('what later steps add to a request is held before it is sent', async (t) => {
  const { request, read } = await harness();
  const one = request({ identity: identity({ budget: budget(1e9), tokensPerDay: 1_000_000 }) });
  await one.start();
  one.body.change({ texts: { '/messages/0/content': 'x'.repeat(1002) }, params: { max_tokens: 500 } });
  t.equal((await one.attempt('cheap'))?.type, 'continue');
  t.equal((await read(budgetKey)).held, (64 + 16 + 4 + 1002) * 1000 + 500 * 2000);
  t.equal((await read('tokens|key|k1|day|2026-01-01')).held, 1086 + 500);
  await one.end({ usage: usage(300, 200) });
  t.equal((await read(budgetKey)).spent, 700_000);
  t.equal((await read('tokens|key|k1|day|2026-01-01')).spent, 500);
});

t.test(
  'a target that was skipped for what later steps added does not let the next one through',
  async (t) => {
    const { request, read } = await harness({ file: { when_budget_is_short: 'refuse' } });
    const one = request({ model: 'both', identity: identity({ budget: budget(10 * mostOfHi) }) });
    await one.start();
    one.body.change({ texts: { '/messages/0/content': 'x'.repeat(2000) } });
    const plan = ['dear', 'cheap', 'dear'];
    t.equal((await one.attempt('dear', ['dear', 'cheap']))?.type, 'skip');
    t.equal(await one.attempt('cheap', plan), undefined, 'two thousand tokens of the cheap one are held for');
    t.equal((await one.attempt('dear', plan))?.type, 'deny');
    await one.end({ usage: usage(8, 20) });
    t.equal((await read(budgetKey)).held, 0);
  },
);

t.test('a limit that a later step took away comes back', async (t) => {
  const { request, read } = await harness({ file: { default_max_output_tokens: 50 } });
  const one = request({ identity: identity({ budget: budget(1e9) }) });
  await one.start();
  one.body.change({ params: { max_tokens: undefined } });
  t.match(await one.attempt('cheap'), { type: 'continue', changes: { maxOutputTokens: 50 } });
  await one.end({ usage: usage(8, 20) });
  t.strictSame(await read(budgetKey), { spent: 48_000, held: 0 });
});

t.test('a budget shorter than the most clamps the answer to what is left', async (t) => {
  const { request, read } = await harness();
  const who = identity({ budget: budget(200_000) });
  const one = request({ identity: who });
  t.match(await one.start(), {
    type: 'continue',
    changes: { maxOutputTokens: 57 },
    responseHeaders: { 'x-sluice-max-tokens-clamped': '57' },
  });
  t.equal(one.body.view.maxOutputTokens, 57);
  t.strictSame(await read(budgetKey), { spent: 0, held: 86_000 + 57 * 2000 });
  t.equal(await one.attempt('cheap'), undefined);
  await one.end({ usage: usage(8, 57) });
  t.equal((await read(budgetKey)).spent, 122_000);
  const two = request({ identity: who });
  t.match(await two.start(), { type: 'deny', code: 'budget_exceeded' }, 'not even a small answer fits');
});

t.test('token caps clamp, rates and counts of requests do not', async (t) => {
  const { request } = await harness();
  const capped = request({ identity: identity({ tokensPerDay: 150 }) });
  t.match(await capped.start(), { changes: { maxOutputTokens: 64 } });
  const rated = request({ identity: identity({ tokensPerMinute: 50 }, null) });
  const decision = await rated.start();
  t.equal(decision?.type, 'continue');
  t.notOk(decision?.type === 'continue' && decision.changes, 'an unused rate takes a request of any length');
  const both = identity({ tokensPerDay: 150, requestsPerMinute: 1 });
  const other = await harness();
  const first = other.request({ identity: both });
  t.match(await first.start(), { changes: { maxOutputTokens: 64 } });
  await first.end();
  const second = await other.request({ identity: both }).start();
  t.match(second, { type: 'deny', code: 'rate_limit_exceeded' }, 'a shorter answer would not help');
});

t.test('a request without an output limit gets one where a budget needs it', async (t) => {
  const { request, read } = await harness();
  const body = { messages: [{ role: 'user', content: 'Hi' }] };
  const one = request({ body, identity: identity({ budget: budget(1e9) }) });
  t.match(await one.start(), {
    changes: { maxOutputTokens: 4096 },
    responseHeaders: { 'x-sluice-max-tokens-clamped': '4096' },
  });
  t.equal((await read(budgetKey)).held, 86_000 + 4096 * 2000);
  const rated = await request({ body, identity: identity({ tokensPerMinute: 1000 }) }).start();
  t.notOk(rated?.type === 'continue' && rated.changes, 'a rate does not');
  const free = await harness({ file: { unpriced: 'allow' } });
  const unpriced = await free
    .request({ model: 'unknown', body, identity: identity({ budget: budget(1) }) })
    .start();
  t.equal(unpriced?.type, 'continue');
  t.notOk(unpriced?.type === 'continue' && unpriced.changes, 'nor does a budget for what costs nothing');
});

t.test('every choice is held for, whatever the limit is called', async (t) => {
  const { request, read } = await harness();
  const held = async (
    body: Record<string, unknown>,
    api: 'chat' | 'completions' | 'responses' | 'messages' = 'chat',
  ) => {
    const one = request({ api, body, identity: identity({ budget: budget(1e15) }) });
    const decision = await one.start();
    t.equal(decision?.type, 'continue');
    const { held } = await read(budgetKey);
    await one.end();
    return held;
  };
  const messages = [{ role: 'user', content: 'Hi' }];
  t.equal(await held({ messages, max_tokens: 100, n: 3 }), 86_000 + 3 * 200_000);
  t.equal(await held({ messages, max_completion_tokens: 10, max_tokens: 1000 }), 86_000 + 2_000_000);
  t.equal(
    await held({ prompt: ['a', 'b'], max_tokens: 10, best_of: 4, n: 2 }, 'completions'),
    70_000 + 8 * 20_000,
  );
  t.equal(await held({ input: 'Hi', max_output_tokens: 10 }, 'responses'), 86_000 + 20_000);
  t.equal(
    await held({ messages, max_tokens: 100, reasoning_effort: 'high' }),
    86_000 + (100 + 16_384) * 2000,
    'translation may add thinking to the limit',
  );
  t.equal(await held({ messages, max_tokens: 20_000, reasoning_effort: 'high' }), 86_000 + 20_000 * 2000);
  t.equal(
    await held({ messages, max_tokens: 100, thinking: { type: 'enabled', budget_tokens: 2000 } }, 'messages'),
    86_000 + 2100 * 2000,
  );
});

t.test('thinking gives way to a clamp, or leaves no room', async (t) => {
  const { request, read } = await harness();
  const messages = [{ role: 'user', content: 'Hi' }];
  const claude = request({
    api: 'messages',
    body: { messages, max_tokens: 1500, thinking: { type: 'enabled', budget_tokens: 2000 } },
    identity: identity({ budget: budget(2_000_000) }),
  });
  t.match(await claude.start(), { changes: { maxOutputTokens: 957 } });
  t.equal(await claude.attempt('cheap'), undefined);
  t.ok((await read(budgetKey)).held <= 2_000_000);
  await claude.end();
  const chat = { messages, max_tokens: 1500, reasoning_effort: 'low' };
  const fits = request({ body: chat, identity: identity({ budget: budget(5_000_000) }) });
  t.match(await fits.start(), { changes: { maxOutputTokens: 409 } }, '2,457 tokens less 2,048 for thinking');
  await fits.end();
  const short = request({ body: chat, identity: identity({ budget: budget(4_000_000) }) });
  t.match(await short.start(), { type: 'deny', code: 'budget_exceeded' });
});

t.test('embeddings hold their input alone', async (t) => {
  const { request, read } = await harness();
  const one = request({
    api: 'embeddings',
    body: { input: ['some', 'texts'] },
    identity: identity({ budget: budget(1e9) }),
  });
  const decision = await one.start();
  t.notOk(decision?.type === 'continue' && decision.changes);
  t.equal((await read(budgetKey)).held, (9 + 4 + 64) * 1000);
  await one.end();
  const short = request({
    api: 'embeddings',
    body: { input: 'texts' },
    identity: identity({ budget: budget(10) }),
  });
  t.match(await short.start(), { type: 'deny', code: 'budget_exceeded' });
});

t.test('a model without a price is refused under a money budget', async (t) => {
  const { request, read } = await harness();
  const who = identity({ budget: budget(1e9) });
  t.match(await request({ model: 'unknown', identity: who }).start(), {
    type: 'deny',
    status: 403,
    code: 'model_not_allowed',
    message: /nobody knows the price of up\/unknown/,
  });
  t.equal((await request({ model: 'unknown' }).start())?.type, undefined, 'and only there');
  const some = request({ model: 'some', identity: who });
  t.equal((await some.start())?.type, 'continue');
  t.equal((await some.attempt('unknown', ['unknown', 'cheap']))?.type, 'skip');
  t.equal(await some.attempt('cheap', ['unknown', 'cheap']), undefined);
  t.match(await some.attempt('unknown', ['unknown']), { type: 'deny', code: 'model_not_allowed' });
  await some.end();
  t.equal((await read(budgetKey)).held, 0);
  const nowhere = request({ model: 'nowhere', identity: who });
  t.equal((await nowhere.start())?.type, 'continue', 'that there is no such model is said by others');
  await nowhere.end();
});

t.test('what the gateway cannot count is refused under a budget', async (t) => {
  const { request } = await harness();
  const ask = async (api: 'chat' | 'responses' | 'completions', body: Record<string, unknown>, key: object) =>
    (await request({ api, body, identity: identity(key) }).start()) as Deny | undefined;
  const continued = { input: 'And?', previous_response_id: 'resp_1' };
  const money = { budget: budget(1e9) };
  t.match(await ask('responses', continued, money), {
    type: 'deny',
    status: 400,
    code: 'unsupported_parameter',
    message: /^previous_response_id: a budget applies .* allow_unseen_input\.$/,
  });
  t.match(await ask('responses', { input: 'x', conversation: 'c' }, { tokensPerDay: 1e9 }), { type: 'deny' });
  t.match(await ask('responses', { input: 'x', background: true }, money), {
    message: /^background: a budget/,
  });
  t.match(await ask('completions', { prompt: [1, 2, 3], max_tokens: 5 }, money), {
    message: /^prompt \(an array of tokens\)/,
  });
  t.equal(
    (await ask('responses', continued, { requestsPerMinute: 5, tokensPerMinute: 1e6 }))?.type,
    'continue',
  );
  const allowing = await harness({ file: { allow_unseen_input: true } });
  const one = allowing.request({ api: 'responses', body: continued, identity: identity(money) });
  t.equal((await one.start())?.type, 'continue');
});

t.test('answers warn from a share of a budget on, and the log once for each window', async (t) => {
  const { request, log, clock } = await harness({
    file: { limits: [{ by: 'tenant', per: 'day', requests: 10 }] },
  });
  const warnings: (string | undefined)[] = [];
  const ask = async (soft: number | null) => {
    const one = request({ identity: identity({ budget: budget(1_000_000, soft) }) });
    const decision = await one.start();
    warnings.push(decision?.responseHeaders?.['x-sluice-budget-warning']);
    await one.attempt('cheap');
    await one.end({ usage: usage(50, 75) });
  };
  for (let count = 0; count < 5; count += 1) await ask(null);
  t.strictSame(warnings, [
    undefined,
    undefined,
    undefined,
    undefined,
    '80% of key usd, resets 2026-02-01T00:00:00.000Z',
  ]);
  const lines = () => log.lines.filter(({ level }) => level === 'warn');
  t.match(lines(), [
    {
      message: 'a budget is nearly used up',
      fields: { by: 'key', id: 'k1', window: '2026-01', used: '$0.0008', limit: '$0.001' },
    },
  ]);
  await request({ identity: identity({ budget: budget(1_000_000) }) }).start();
  t.equal(lines().length, 1);
  await clock.advance(86_400_000);
  await ask(900_000);
  t.equal(warnings.at(-1), '100% of key usd, resets 2026-02-01T00:00:00.000Z');
});

t.test('a key’s own soft budget is where its warning begins', async (t) => {
  const { request, counters } = await harness();
  await counters.restore(budgetKey, 300_000, null);
  const warning = async (soft: number | null) => {
    const decision = await request({ identity: identity({ budget: budget(1_000_000, soft) }) }).start();
    return decision?.responseHeaders?.['x-sluice-budget-warning'];
  };
  t.equal(await warning(300_000), '30% of key usd, resets 2026-02-01T00:00:00.000Z');
  t.equal(await warning(300_001), undefined);
  t.equal(await warning(null), undefined);
});
