import t from 'tap';
import { createGateway } from '../../../core/gateway.ts';
import { silentLog } from '../../../core/services/log.ts';
import { ScriptedUpstream } from '../../../core/testing.ts';
import { sluice } from './_terminal.ts';

const config = `providers: { up: { kind: openai, base_url: http://up.test/v1, api_key: \${NO_SUCH_KEY} } }
models:
  standard: up/a
  frontier: { targets: [{ target: up/large, tier: frontier }] }
`;
const policies = {
  '10-cheap.policy.ts': `import { policy, route, tag, tokensIn, use } from 'sluice';
export const p = policy('cheap-default', { kind: 'shape' },
  route('hard', tokensIn.gt(4000), use('frontier'), tag({ lane: 'hard' })));
`,
  '20-guard.policy.ts': `import { deny, onRequest, plan, policy } from 'sluice';
export const g = policy('guard', { kind: 'guard' }, onRequest('free', plan('free'), deny(403, 'no_free')));
`,
  '30-exp.policy.ts': `import { policy, route, use } from 'sluice';
export const e = policy('exp', { kind: 'shape' }, route('all', true, use('up/candidate')));
`,
};
const given = { request: { model: 'standard', tokensIn: 5210 }, upstream: [{ fail: 'overloaded' }] };

t.test(
  'a case as a file: verdict, target, slots with winner and loser, tags, every rule with what it saw',
  async (t) => {
    const cwd = t.testdir({ 'gateway.yaml': config, policies, 'given.json': JSON.stringify(given) });
    const { code, out } = await sluice(cwd, ['explain', 'given.json']);
    t.equal(code, 0);
    const lines = out.split('\n');
    t.match(lines[0], 'standard failed: 503 overloaded');
    t.ok(lines.includes('target: up/large'));
    t.ok(lines.includes('slot target: frontier ← cheap-default/hard (10-cheap.policy.ts:3)'));
    t.ok(lines.includes('attempt 1: up/large overloaded (503)'));
    t.ok(lines.includes('tags: lane=hard'));
    t.match(out, 'frontier ← cheap-default/hard (10-cheap.policy.ts:3): tokensIn 5210 > 4000');
    t.match(out, 'no match ← guard/free (20-guard.policy.ts:2): plan unknown, not free');
    t.match(out, 'up/candidate lost to frontier: first writer cheap-default/hard (exp/all)');
  },
);

t.test('a request body as a file, with facts beside its own fields', async (t) => {
  const body = { tenant: { plan: 'free' }, model: 'standard', messages: [{ role: 'user', content: 'Hi' }] };
  const cwd = t.testdir({ 'gateway.yaml': config, policies, 'request.json': JSON.stringify(body, null, 2) });
  const { code, out } = await sluice(cwd, ['explain', 'request.json']);
  t.equal(code, 0);
  t.match(out, /^standard was denied by guard\/free \(20-guard\.policy\.ts:2\): 403 no_free\n/);
  t.match(out, 'onRequest: deny 403 no_free ← guard/free (20-guard.policy.ts:2): plan free');
});

t.test('--policy shows one policy, --json the record itself', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': config, policies, 'given.json': JSON.stringify(given) });
  const one = await sluice(cwd, ['explain', 'given.json', '--policy', 'exp']);
  t.match(one.out, 'up/candidate lost to frontier');
  t.notMatch(one.out, 'guard/free');
  const none = await sluice(cwd, ['explain', 'given.json', '--policy', 'nobody']);
  t.match(none.out, 'no rule of nobody was looked at');
  const json = await sluice(cwd, ['explain', 'given.json', '--json']);
  t.match(JSON.parse(json.out), { v: 1, alias: 'standard', attempts: [{ target: 'up/large' }] });
});

t.test('plugins of the folder do not run, and that is said', async (t) => {
  const cwd = t.testdir({
    'gateway.yaml': config,
    policies: { ...policies, '05-log.yaml': 'plugin: access-log\n' },
    'given.json': '{ "request": {} }',
  });
  t.match(await sluice(cwd, ['explain', 'given.json']), {
    code: 0,
    err: 'plugins are left out here: access-log\n',
  });
});

t.test('what is wrong with the file or the policies is said with its line', async (t) => {
  const cwd = t.testdir({
    policies: { '10-p.policy.ts': 'nonsense(' },
    'typo.json': '{\n  "request": { "modle": "x" }\n}',
    'list.json': '[]',
    'fact.json': '{\n "tenant": { "pln": "x" }, "model": "mock", "messages": [] }',
    'fine.json': '{ "request": {} }',
  });
  t.match(await sluice(cwd, ['explain', 'typo.json']), {
    code: 1,
    err: /^typo\.json:2:\d+: error: .*modle.*"model"/,
  });
  t.match(await sluice(cwd, ['explain', 'list.json']), {
    code: 1,
    err: /^list\.json:1:1: error: expected a request body/,
  });
  t.match(await sluice(cwd, ['explain', 'fact.json']), {
    code: 1,
    err: /^fact\.json:2:\d+: error: .*pln.*"plan"/,
  });
  t.match(await sluice(cwd, ['explain', 'fine.json']), { code: 1, err: /^10-p\.policy\.ts:1/ });
});

t.test('a request that no policy would see is refused with the reason', async (t) => {
  const cwd = t.testdir({
    policies,
    'gateway.yaml': config,
    'bad.json': '{ "model": "standard", "messages": [] }',
  });
  t.match(await sluice(cwd, ['explain', 'bad.json']), {
    code: 1,
    err: /refused before any policy sees it: 400.*messages/,
  });
});

t.test('a request id asks the running gateway', async (t) => {
  const upstream = new ScriptedUpstream();
  const gateway = await createGateway({
    config: { name: 'gateway.yaml', text: config },
    policies,
    env: { NO_SUCH_KEY: 'x' },
    port: 0,
    http: upstream,
    services: { log: silentLog },
  });
  t.teardown(() => gateway.close());
  const { url } = await gateway.listen();
  const response = await gateway.request(
    new Request('http://gateway.test/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({ model: 'standard', messages: [{ role: 'user', content: 'Hi' }] }),
    }),
  );
  await response.text();
  const cwd = t.testdir({});
  const found = await sluice(cwd, ['explain', response.headers.get('x-request-id')!, '--url', url]);
  t.equal(found.code, 0, found.err);
  t.match(found.out, /^standard was answered by up\/candidate, status 200\n/);
  t.match(found.out, /no match ← cheap-default\/hard \(10-cheap\.policy\.ts:3\): tokensIn \d+ not > 4000/);
  const lost = await sluice(cwd, ['explain', 'req_unknown', '--url', url]);
  t.match(lost, { code: 1, err: /req_unknown/ });
});

t.test('without a gateway, or with a file that is not there, it says what to do', async (t) => {
  const cwd = t.testdir({});
  t.match(await sluice(cwd, ['explain', 'req_1', '--url', 'http://127.0.0.1:1']), {
    code: 1,
    err: /no gateway answers/,
  });
  t.match(await sluice(cwd, ['explain', 'nowhere.json']), { code: 2, err: /there is no file nowhere\.json/ });
  t.match(await sluice(cwd, ['explain']), { code: 2 });
  t.match(await sluice(cwd, ['explain', '--help']), { code: 0, out: /^Usage: sluice explain/ });
});
