import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { firstPartyPlugins, firstPartyProviders } from '../../../core/gateway.ts';
import { loadOffline } from '../../../core/policy-test/offline.ts';
import { readFolder } from '../../../core/program/folder.ts';
import { recordLine } from '../../../core/replay/record.ts';
import { readRecords } from '../../../core/replay/records.ts';
import { replay } from '../../../core/replay/replay.ts';
import { anonymous } from '../../../sdk/identity.ts';
import { sluice } from '../cli/_terminal.ts';

const config = `providers: { up: { kind: openai, base_url: http://up.test/v1 } }
models: { small: up/small, large: { targets: [{ target: up/large, tier: frontier }] } }
`;
const old = `import { deny, limit, onRequest, plan, policy, route, tag, tokensIn, use, fn, run } from 'sluice';
export const p = policy('p', { kind: 'shape' },
  onRequest('free', plan('free'), limit({ by: 'user', per: 'minute', requests: 10 })),
  onRequest('blocked', plan('blocked'), deny(403, 'no_service')),
  route('long', tokensIn.gt(1000), use('large'), tag({ lane: 'hard' })));
`;
const next = old
  .replace('requests: 10 }', 'requests: 20 }')
  .replace("onRequest('blocked', plan('blocked'), deny(403, 'no_service')),\n", '')
  .replace('gt(1000)', 'gt(500)');

const records = [
  { seed: 'req_free', tenant: { plan: 'free' }, request: { lastUser: 'Hi' } },
  {
    seed: 'req_blocked',
    tenant: { plan: 'blocked' },
    request: { lastUser: 'Hi' },
    now: '2020-01-01T00:00:00Z',
  },
  { seed: 'req_long', request: { model: 'small', tokensIn: 700 } },
  { seed: 'req_same', request: { model: 'small', lastUser: 'Hi' } },
];
const lines = (all: readonly object[]) => `${all.map((one) => JSON.stringify(one)).join('\n')}\n`;
const policies = (text: string) => ({
  '05-limits.policy.ts': text,
  '60-limits.yaml': 'plugin: token-limiter\n',
});
const folder = {
  'gateway.yaml': config,
  policies: policies(old),
  next: policies(next),
  'records.jsonl': lines(records),
};
const args = ['replay', '--policies', 'next', '--file', 'records.jsonl'];

t.test('what two folders decide otherwise is a table: verdict, targets, tags, limits', async (t) => {
  const cwd = t.testdir(folder);
  const { code, out, err } = await sluice(cwd, args);
  t.equal(code, 0, err);
  t.match(out, /req_free +verbs +limit\(.*"requests":10.*limit\(.*"requests":20/);
  t.match(out, /req_blocked +verdict +403 no_service +allowed/);
  t.match(out, /req_long +targets +up\/small +up\/large/);
  t.match(out, /req_long +tags +- +lane=hard/);
  t.match(out, /4 records, 3 decided otherwise/);
  t.match(out, /403 no_service → allowed: 1/);
  t.notMatch(out, 'req_same');
  const ended = await sluice(cwd, [...args, '--json', '--limit', '1', '--fail-on-change']);
  t.equal(ended.code, 1);
  const json = JSON.parse(ended.out);
  t.match(json, {
    records: 4,
    changed: 3,
    changes: [{ id: 'req_free' }],
    verdicts: { '403 no_service → allowed': 1 },
  });
  t.equal(json.changes.length, 1);
});

t.test('the unchanged version decides the same, and two replays are the same bytes', async (t) => {
  const cwd = t.testdir(folder);
  const same = ['replay', '--policies', 'policies', '--file', 'records.jsonl', '--fail-on-change', '--json'];
  const first = await sluice(cwd, same);
  t.match(first, { code: 0, out: /"changed": 0/ });
  t.equal((await sluice(cwd, same)).out, first.out);
});

t.test('that holds for any request, also where a policy draws random numbers or runs code', async (t) => {
  const code = `import { pick, policy, route, run, tag } from 'sluice';
export const p = policy('p', { kind: 'shape' },
  route('pick', true, pick([{ to: 'small', weight: 1 }, { to: 'large', weight: 1 }])),
  route('code', true, run((c) => tag({ draw: String(Math.random()), at: String(c.now) }))));
`;
  const cwd = t.testdir({ 'gateway.yaml': config, policies: { '10-p.policy.ts': code } });
  const options = {
    config: join(cwd, 'gateway.yaml'),
    snapshot: await readFolder(join(cwd, 'policies')),
    env: {},
    plugins: firstPartyPlugins,
    kinds: firstPartyProviders,
  };
  const [before, after] = [await loadOffline(options), await loadOffline(options)];
  t.teardown(() => Promise.all([before.close(), after.close()]));
  const given = fc.record(
    {
      seed: fc.string(),
      user: fc.string(),
      tenant: fc.record({ id: fc.string(), plan: fc.string() }),
      request: fc.record({
        lastUser: fc.string(),
        stream: fc.boolean(),
        model: fc.constantFrom('small', 'large'),
      }),
    },
    { requiredKeys: ['seed', 'request'] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(given, { maxLength: 4 }), async (all) => {
      writeFileSync(join(cwd, 'any.jsonl'), lines(all));
      const result = await replay({
        records: readRecords(join(cwd, 'any.jsonl'), null),
        before,
        after,
        keep: 9,
      });
      assert.deepEqual([result.changed, result.brokenCount], [0, 0]);
    }),
    { numRuns: 25 },
  );
});

t.test('a line that a gateway writes is a record, without credentials', async (t) => {
  const line = recordLine({
    requestId: 'req_1',
    nowMs: Date.UTC(2026, 0, 2, 3),
    api: 'chat',
    body: { model: 'small', messages: [{ role: 'user', content: 'Hi' }] },
    identity: { ...anonymous, tenant: { ...anonymous.tenant, id: 'acme', plan: 'blocked' }, user: 'u' },
    headers: {
      'x-feature-id': 'f',
      authorization: 'Bearer sk-secret',
      'x-api-key': 'sk-secret',
      cookie: 'a=sk-secret',
    },
    ip: '10.0.0.1',
  });
  t.notMatch(line, 'sk-secret');
  const cwd = t.testdir({ ...folder, 'records.jsonl': line });
  t.match(await sluice(cwd, args), { code: 0, out: /req_1 +verdict +403 no_service +allowed/ });
});

t.test('--since leaves out what is older; broken lines are counted and named', async (t) => {
  const cwd = t.testdir({
    ...folder,
    'broken.jsonl': `nonsense\n{"request": {"modle": 1}}\n{"request": {"messages": [], "body": {"messages": "x"}}}\n${lines(records)}`,
  });
  const recent: number[] = [];
  const since = Date.UTC(2025, 0, 1);
  for await (const { line } of readRecords(join(cwd, 'records.jsonl'), since)) recent.push(line);
  t.strictSame(recent, [1, 3, 4]);
  const { code, out } = await sluice(cwd, ['replay', '--policies', 'next', '--file', 'broken.jsonl']);
  t.equal(code, 1);
  t.match(out, /line 1: expected one JSON object a line/);
  t.match(out, /line 2: .*modle/);
  t.match(out, /3 lines are no records/);
});

t.test('an alias that is gone, and plugin files that differ, are said', async (t) => {
  const cwd = t.testdir({
    ...folder,
    next: {
      '05-limits.policy.ts':
        "import { policy, route, tag } from 'sluice';\nexport const p = policy('p', { kind: 'shape' }, route('a', true, tag({ a: 'b' })));\n",
      '60-limits.yaml': 'plugin: token-limiter\nlimits: [{ by: key, concurrent: 1 }]\n',
      'gateway.yaml': 'providers: { up: { kind: openai } }\nmodels: { large: up/large }\n',
    },
  });
  const { out, err } = await sluice(cwd, args);
  t.match(out, /req_same +verdict +allowed +.*404/);
  t.match(err, /plugin files differ.*60-limits\.yaml/);
});

t.test('used wrongly', async (t) => {
  const cwd = t.testdir(folder);
  t.match(await sluice(cwd, ['replay', '--file', 'records.jsonl']), { code: 2 });
  t.match(await sluice(cwd, ['replay', '--policies', 'next']), {
    code: 2,
    err: /no recorded requests/,
  });
  t.match(await sluice(cwd, [...args, '--since', 'soon']), { code: 2 });
  t.match(await sluice(cwd, [...args.slice(0, 3), '--file', 'none']), { code: 2 });
});
