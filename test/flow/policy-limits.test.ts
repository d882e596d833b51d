// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references and policies hold them
import t, { type Test } from 'tap';
import { createPrices } from '../../core/prices/prices.ts';
import { ProblemsError } from '../../core/problem.ts';
import {
  chatEvents,
  chatReply,
  type ScriptedReply,
  settled,
  type TestGateway,
  testGateway,
} from '../../core/testing.ts';
import { anonymous, type IdentityLimits } from '../../sdk/index.ts';
import { pluginOf } from '../plugins/token-limiter/gateway.ts';
import { noLimits } from '../plugins/token-limiter/harness.ts';
import { redisMissing, startRedis } from '../stores/redis.ts';

const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
models:
  test: up/model
  mini: up/mini
`;

/** $1000 and $1 for a million tokens. */
const prices = createPrices({
  as_of: '2026-01-01',
  source: 'test',
  unit: 'nano-dollars per million tokens',
  models: {
    openai: {
      model: { input: 1_000_000_000_000, output: 1_000_000_000_000 },
      mini: { input: 1_000_000_000, output: 1_000_000_000 },
    },
  },
});

interface FolderOptions {
  /** Files before and after the limiter, and in its place. */
  readonly files: Readonly<Record<string, string>>;
  readonly limits?: Partial<IdentityLimits>;
  readonly stores?: string;
}

/** A gateway whose requests are made by key `app` of tenant `acme`, plan free. The upstream's answers cost 8 tokens. */
function gatewayOf({ files, limits, stores = '' }: FolderOptions): Promise<TestGateway> {
  const key = {
    id: 'k1',
    name: 'app',
    scopes: [],
    ...(limits === undefined ? undefined : { limits: { ...noLimits, ...limits } }),
  };
  const identity = { ...anonymous, key, tenant: { ...anonymous.tenant, id: 'acme', plan: 'free' } };
  return testGateway({
    config: config + stores,
    plugins: [
      pluginOf('who', { onRequest: () => ({ type: 'continue', changes: { identity } }) }),
      pluginOf('test-prices', { provides: { prices } }),
    ],
    env: { HOOK_URL: 'https://hooks.example/T0' },
    policies: {
      '00-prices.yaml': 'plugin: test-prices',
      '10-who.yaml': 'plugin: who',
      '20-limits.yaml': 'plugin: token-limiter',
      ...files,
    },
  });
}

function policy(rules: string, kind = 'guard'): string {
  return `import { all, any, afterResponse, budget, deny, limit, onRequest, plan, policy, resp, route, run, tag, use } from 'sluice';
export const p = policy('free-tier', { kind: '${kind}' },
  ${rules});
`;
}

/** 80 tokens. */
function answered(model = 'model'): ScriptedReply {
  const { json } = chatReply('Hi', model);
  return {
    json: { ...(json as object), usage: { prompt_tokens: 75, completion_tokens: 5, total_tokens: 80 } },
  };
}

const dayBudget = {
  budget: { limitNanoUsd: 200_000_000, softNanoUsd: null, window: 'd', resetsAtMs: null, per: 'day' },
} as const;

const slow = {
  '15-free.policy.ts': policy(
    "onRequest('slow', plan('free'), limit({ by: 'key', per: 'minute', requests: 2 }))",
  ),
};

for (const stream of [false, true]) {
  t.test(`limit() holds requests to its amount, ${stream ? 'streamed' : 'whole'}`, async (t) => {
    const { chat, upstream, trace, clock, close } = await gatewayOf({ files: slow });
    t.teardown(close);
    upstream.otherwise(() => (stream ? { sse: chatEvents(['Hi']) } : chatReply('Hi')));
    for (const left of ['1', '0']) {
      const response = await chat('Hi', { stream });
      t.equal(response.status, 200);
      t.equal(response.headers.get('x-ratelimit-remaining-requests'), left);
      t.match(await response.text(), 'Hi');
    }
    const refused = await chat('Hi', { stream });
    t.equal(refused.status, 429);
    t.equal(refused.headers.get('retry-after'), '30');
    t.match(await refused.json(), {
      error: {
        code: 'rate_limit_exceeded',
        message:
          /^Too many requests a minute for key app: limit 2 by the rule free-tier\/slow, used 2, needed 1\./,
      },
    });
    t.equal(upstream.calls.length, 2);
    const { steps } = trace(refused);
    t.match(
      steps.map(({ name, decision, rules, details }) => ({
        name,
        decision,
        wrote: rules?.[0]?.wrote,
        details,
      })),
      [
        {},
        {
          name: 'free-tier',
          decision: 'continue',
          wrote: { limit: { by: 'key', per: 'minute', requests: 2 } },
        },
        {
          name: 'token-limiter',
          decision: 'deny',
          details: {
            limit: { policy: 'free-tier', rule: 'slow', at: '15-free.policy.ts:3', limit: 2, used: 2 },
          },
        },
      ],
    );
    clock.advance(30_000);
    const after = await chat('Hi', { stream });
    t.equal(after.status, 200);
    await after.text();
  });
}

t.test('limit() from code counts too, and one in shadow mode is on record only', async (t) => {
  const { chat, upstream, trace, close } = await gatewayOf({
    files: {
      '14-shadow.policy.ts': `import { limit, onRequest, policy } from 'sluice';
export const p = policy('tried', { kind: 'shape', mode: 'shadow' }, onRequest('none', true, limit({ by: 'key', per: 'day', requests: 0 })));`,
      '15-free.policy.ts': policy(
        "onRequest('code', true, run((c) => limit({ by: 'key', per: 'day', requests: c.tenant.plan === 'free' ? 1 : 9 })))",
      ),
    },
  });
  t.teardown(close);
  upstream.otherwise(() => chatReply('Hi'));
  const first = await chat('Hi');
  t.equal(first.status, 200);
  await first.text();
  t.match(trace(first).steps[1], {
    name: 'tried',
    shadow: true,
    rules: [{ wrote: { limit: { requests: 0 } } }],
  });
  const second = await chat('Hi');
  t.equal(second.status, 429);
  t.match(await second.json(), {
    error: { message: /requests for 2026-01-01 for key app: limit 1 by the rule free-tier\/code/ },
  });
});

t.test('a folder in which nobody carries limit() out does not load, and says what to do', async (t) => {
  const text = slow['15-free.policy.ts'];
  for (const [files, expected] of [
    [
      { '20-limits.yaml': 'plugin: token-limiter\nenabled: false', '15-a.policy.ts': text },
      /15-a\.policy\.ts:3:.*none in this folder does \(the token-limiter plugin does/,
    ],
    [
      { '40-a.policy.ts': text },
      /40-a\.policy\.ts:3:.*comes too late: 20-limits\.yaml .* such as 19-a\.policy\.ts/,
    ],
    [
      { '20-limits.yaml': "plugin: token-limiter\nmatch: tenant.plan = 'x'", '15-a.policy.ts': text },
      /take match out of it/,
    ],
  ] as const) {
    const error = await gatewayOf({ files }).then(
      ({ close }) => close().then(() => null),
      (reason: unknown) => reason,
    );
    t.ok(error instanceof ProblemsError);
    t.match((error as ProblemsError).message, expected);
  }
});

const degrade = {
  '40-degrade.policy.ts': policy(
    `onRequest('stop', budget('day', 'key').used.gte(0.9), deny(429, 'budget_exhausted')),
  route('degrade', budget('day', 'key').used.gte(0.4), use('mini', { override: true }), tag({ degraded: 'budget' })),
  afterResponse('dear', resp.usd.gt(0.05), tag({ dear: 'yes' }))`,
  ),
};

async function useUp(t: Test, { chat, upstream, trace }: TestGateway): Promise<void> {
  upstream.otherwise(({ body }) => answered((JSON.parse(body.toString()) as { model: string }).model));
  const first = await chat('Hi', { max_tokens: 5 });
  t.equal(first.status, 200);
  await first.text();
  t.strictSame({ ...trace(first).tags, limits: undefined }, { dear: 'yes', limits: undefined });
  const second = await chat('Hi', { max_tokens: 5 });
  await second.text();
  t.match(trace(second), { tags: { degraded: 'budget' }, attempts: [{ target: 'up/mini' }] });
  t.notOk('dear' in trace(second).tags);
  const rules = trace(second).steps.flatMap(({ rules }) => rules ?? []);
  t.match(rules.find(({ rule }) => rule === 'degrade')?.leaves, [{ leaf: 'budget.used.gte', saw: 0.4 }]);
}

t.test('policies see what is spent of a budget, and what an answer cost', async (t) => {
  const gateway = await gatewayOf({ files: degrade, limits: dayBudget });
  t.teardown(gateway.close);
  await useUp(t, gateway);
});

t.test('and so they do through Redis', { skip: redisMissing }, async (t) => {
  const redis = await startRedis();
  t.teardown(redis.stop);
  const stores = `stores: { redis_timeout: 5s, counters: "${redis.url}" }\n`;
  const gateway = await gatewayOf({ files: degrade, limits: dayBudget, stores });
  t.teardown(gateway.close);
  await useUp(t, gateway);
});

t.test('code of policies sees budgets of the tenant', async (t) => {
  const limit = '  - { by: tenant, per: day, usd: $0.2 }';
  const { chat, upstream, trace, close } = await gatewayOf({
    files: {
      '20-limits.yaml': `plugin: token-limiter\nlimits:\n${limit}\n`,
      '40-code.policy.ts': policy(
        "onRequest('code', true, run((c) => tag({ used: `${c.budget.day.used} of ${c.budget.day.limit}`, hour: String(c.budget.hour.used) })))",
      ),
    },
  });
  t.teardown(close);
  upstream.otherwise(() => answered());
  await (await chat('Hi', { max_tokens: 5 })).text();
  const second = await chat('Hi', { max_tokens: 5 });
  await second.text();
  t.match(trace(second).tags, { used: '0.4 of 0.2', hour: '0' });
});

t.test('at 80 % the webhook is told once, and the answer says so', async (t) => {
  const { chat, upstream, trace, close } = await gatewayOf({
    files: {
      '20-limits.yaml': 'plugin: token-limiter\nwarn_at: 0.3\nwarn_webhook: ${HOOK_URL}\n',
    },
    limits: dayBudget,
  });
  t.teardown(close);
  upstream.otherwise(({ origin }) => (origin.includes('hooks') ? { json: {} } : answered()));
  for (const warned of [null, '40% of key usd', null]) {
    const response = await chat('Hi', { max_tokens: 5 });
    if (response.status === 200) t.equal(response.headers.get('x-sluice-budget-warning'), warned);
    await response.text();
    if (warned !== null) {
      t.match(trace(response).steps.find(({ name }) => name === 'token-limiter')?.details, {
        warnings: [{ by: 'key', share: 0.4 }],
      });
    }
  }
  await settled();
  const told = upstream.calls.filter(({ request }) => request.origin === 'https://hooks.example');
  t.equal(told.length, 1);
  t.match(told[0]!.json, { text: /^Budget warning: key app has used \$0\.08 \(40%\) of \$0\.20\./ });
});

t.test('a budget that nobody keeps is told at start, since its rule would never hold', async (t) => {
  const asks = policy(
    "onRequest('stop', any(budget('day', 'user').used.gte(1), budget('day').used.gte(1)), deny(429, 'used_up'))",
  );
  const told = async (files: Readonly<Record<string, string>>) => {
    const { log, close } = await gatewayOf({ files });
    await close();
    return log.lines
      .filter(({ message }) => message === 'the policies have warnings')
      .map(({ fields }) => fields);
  };
  t.match(await told({ '40-a.policy.ts': asks }), [
    {
      problems: [
        {
          file: '40-a.policy.ts',
          line: 3,
          message: /^budget\('day', 'user'\) is always 0: no limit of usd by user per day is in this folder/,
        },
      ],
    },
  ]);
  const limits = 'plugin: token-limiter\nlimits: [{ by: user, per: day, usd: $5 }]';
  t.strictSame(await told({ '40-a.policy.ts': asks, '20-limits.yaml': limits }), []);
  const sets = policy("onRequest('slow', true, limit({ by: 'user', per: 'day', usd: 5 }))").replace(
    'free-tier',
    'other',
  );
  t.strictSame(await told({ '40-a.policy.ts': asks, '15-b.policy.ts': sets }), []);
});
