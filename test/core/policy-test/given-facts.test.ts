import t from 'tap';
import { givenBudgets } from '../../../core/policy-test/given-facts.ts';
import { testGateway } from '../../../core/testing.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import { runOne, stage } from './_stage.ts';

const files = {
  '10-p.policy.ts': `import { afterResponse, budget, deny, limit, onRequest, plan, policy, resp, run, tag } from 'sluice';
export const p = policy('p', { kind: 'guard' },
  onRequest('stop', budget('day').used.gte(1), deny(429, 'budget_exhausted')),
  onRequest('key', budget('month', 'key').usd.gt(5), tag({ key: 'dear' })),
  onRequest('code', plan('code'), run((c) => tag({ left: String(c.budget.day.limit - c.budget.day.usd) }))),
  onRequest('slow', plan('free'), limit({ by: 'key', per: 'minute', requests: 5, tokens: 100 }), limit({ by: 'ip', per: 'hour', requests: 50 })),
  afterResponse('dear', resp.usd.gt(0.5), tag({ dear: 'yes' })));
`,
  '20-limits.yaml': 'plugin: token-limiter',
};
const offline = stage(files);
t.teardown(async () => (await offline).close());

for (const [given, expect] of [
  ['budget: { day: { used: 1 } }', 'deny: { code: budget_exhausted }'],
  ['budget: { day: { used: 0.99 } }', 'deny: false'],
  ['budget: { day: { usd: 20, limit: 20 } }', 'deny: { code: budget_exhausted }'],
  ['budget: { key: { month: { usd: 6 } } }', 'tags: { key: dear }'],
  ['budget: { month: { usd: 6 } }', 'tags: { key: null }'],
  ['', 'tags: { key: null, dear: null }, deny: false'],
  ['tenant: { plan: code }, budget: { day: { used: 0.25, limit: 8 } }', 'tags: { left: "6" }'],
  ['upstream: [{ text: ok, usd: 0.6 }]', 'tags: { dear: yes }'],
  ['upstream: [{ fail: overloaded, usd: 9 }, { text: ok, usd: 0.4 }]', 'tags: { dear: null }'],
  ['upstream: [{ text: ok, tokensOut: 100000000 }]', 'tags: { dear: null }'],
  [
    'tenant: { plan: free }',
    'verbs: [{ limit: { by: key, tokens: 100 } }, { limit: { by: ip, per: hour, requests: 50 } }]',
  ],
  ['tenant: { plan: pro }', 'verbs: []'],
] as const) {
  t.test(`given ${given === '' ? 'nothing' : given}: ${expect}`, async (t) => {
    const { status, notes } = await runOne(await offline, `given: { ${given} }, expect: { ${expect} }`);
    t.strictSame([status, notes], ['pass', []]);
  });
}

for (const [given, expect, note] of [
  [
    'tenant: { plan: free }',
    'verbs: [{ limit: { by: key, tokens: 99 } }]',
    /^verbs: expected limit\(\{"by":"key","tokens":99\}\), got limit\(\{"by":"key","per":"minute","requests":5,"tokens":100\}\), limit\(/,
  ],
  ['tenant: { plan: free }', 'verbs: []', /^verbs: expected no verbs, got limit\(/],
  ['', 'verbs: [{ redact: { what: email } }]', /got none$/],
  [
    'budget: { dai: { used: 1 } }',
    'deny: true',
    /^given\.budget\.dai: expected one of minute, hour.* Did you mean "day"\?$/,
  ],
  ['budget: { day: { use: 1 } }', 'deny: true', /^given\.budget\.day\.use: expected used, usd, limit/],
  ['budget: { key: { day: 1 } }', 'deny: true', /^given\.budget\.key\.day: expected numbers such as/],
  ['budget: { day: { used: -1 } }', 'deny: true', /expected a number from 0, got -1/],
] as const) {
  t.test(`is told what is wrong: given ${given}: ${expect}`, async (t) => {
    const { notes } = await runOne(await offline, `given: { ${given} }, expect: { ${expect} }`);
    t.match(notes, [note]);
  });
}

t.test('what is not said of a budget follows from the rest', async (t) => {
  const read = (budget: JsonObject) => givenBudgets({ day: budget }).get('tenant|day');
  t.strictSame(read({ usd: 5, limit: 20 }), { usd: 5, limit: 20, used: 0.25 });
  t.strictSame(read({ used: 0.25, limit: 20 }), { usd: 5, limit: 20, used: 0.25 });
  t.strictSame(read({ usd: 5, used: 0.25 }), { usd: 5, limit: 20, used: 0.25 });
  t.strictSame(read({ used: 0.5 }), { usd: 0, limit: 0, used: 0.5 });
  t.strictSame(read({}), { usd: 0, limit: 0, used: 0 });
});

t.test('before a version serves, its cases are told what they say, not what is spent', async (t) => {
  const { close, chat, upstream } = await testGateway({
    policies: {
      ...files,
      '10-p.policy.test.yaml':
        '{ name: one, given: { budget: { day: { used: 1 } } }, expect: { deny: { code: budget_exhausted } } }',
    },
  });
  t.teardown(close);
  t.equal((await chat('Hi')).status, 200);
  t.equal(upstream.calls.length, 1);
});
