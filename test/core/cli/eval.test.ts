import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { createGateway } from '../../../core/gateway.ts';
import { silentLog } from '../../../core/services/log.ts';
import { sluice } from './_terminal.ts';

const examples = fileURLToPath(new URL('../../../policies/examples/evals/', import.meta.url));
const config = `providers: { mock: { kind: mock, replies: [{ when: Paris, text: "Paris it is" }] } }
models: { a: mock/gpt, b: mock/gpt+say-nothing, down: mock/gpt+error-400 }
`;
const suite = `prompts: ["Where is {{place}}?"]
providers: [a]
tests:
  - { description: knows, vars: { place: Paris }, assert: [{ type: contains, value: Paris it is }] }
  - { description: echoes, vars: { place: Oslo }, assert: [{ type: icontains, value: oslo }] }
`;
const folder = { 'gateway.yaml': config, 'suite.yaml': suite, policies: {} };

t.test('the shipped suite has twenty cases and passes without keys', async (t) => {
  const cwd = t.testdir({
    policies: {},
    'suite.yaml': readFileSync(`${examples}support.yaml`, 'utf8'),
    'gateway.yaml': readFileSync(`${examples}gateway.yaml`, 'utf8'),
  });
  const ran = await sluice(cwd, ['eval', 'suite.yaml']);
  t.equal(ran.code, 0, ran.out);
  t.match(ran.out, /20 of 20 passed/);
  t.equal(ran.err, '');
});

t.test('repetitions have a spread; results as JSON; a threshold decides about the exit code', async (t) => {
  const cwd = t.testdir(folder);
  const ran = await sluice(cwd, ['eval', 'suite.yaml', '--repeat', '3', '--json']);
  t.equal(ran.code, 0, ran.err);
  t.match(JSON.parse(ran.out), {
    passed: true,
    passRate: 1,
    repeat: 3,
    policyVersions: [String],
    cases: [
      {
        name: 'knows',
        model: 'a',
        state: 'passed',
        runs: 3,
        passRate: 1,
        score: { mean: 1, deviation: 0 },
        answeredBy: ['mock/gpt'],
      },
      {},
    ],
  });
  t.match(await sluice(cwd, ['eval', 'suite.yaml', '--model', 'a,b']), {
    code: 1,
    out: /2 of 4 passed \(50%; expected 100%\)/,
  });
  t.equal((await sluice(cwd, ['eval', 'suite.yaml', '--model', 'a,b', '--threshold', '50'])).code, 0);
  t.match(await sluice(cwd, ['eval', 'suite.yaml', '--model', 'down']), {
    code: 1,
    out: /ERR {3}down {2}knows[\s\S]*400/,
  });
});

t.test('another policy version is compared with the one before, case by case', async (t) => {
  const wrong = `import { policy, route, use } from 'sluice';
export const p = policy('p', { kind: 'shape' }, route('all', true, use('b')));
`;
  const before = await sluice(t.testdir(folder), ['eval', 'suite.yaml', '--json']);
  const cwd = t.testdir({
    ...folder,
    policies: {},
    next: { '10-p.policy.ts': wrong },
    'before.json': before.out,
  });
  const same = await sluice(cwd, ['eval', 'suite.yaml', '--compare', 'before.json']);
  t.match(same, { code: 0 });
  const next = await sluice(cwd, [
    'eval',
    'suite.yaml',
    '--policies',
    'next',
    '--compare',
    'before.json',
    '--threshold',
    '0',
  ]);
  t.match(next, { code: 1, out: /regressed: a {2}knows \(100% → 0%\)/ });
  t.match(await sluice(cwd, ['eval', 'suite.yaml', '--compare', 'suite.yaml']), {
    code: 1,
    err: /expected what sluice eval --json printed/,
  });
});

t.test('a running gateway is asked with a key', async (t) => {
  const gateway = await createGateway({
    config: { name: 'gateway.yaml', text: `${config}auth: { master_key: sk-master-0123456789 }\n` },
    policies: {},
    env: {},
    port: 0,
    services: { log: silentLog },
  });
  t.teardown(() => gateway.close());
  const { url } = await gateway.listen();
  const cwd = t.testdir(folder);
  const args = ['eval', 'suite.yaml', '--url', url];
  t.equal((await sluice(cwd, [...args, '--key', 'sk-master-0123456789'])).code, 0);
  t.match(await sluice(cwd, args), { code: 1, out: /401/ });
});

t.test('assertions that were not understood are named, and a case without any does not pass', async (t) => {
  const cwd = t.testdir({
    ...folder,
    'suite.yaml': 'prompts: [hi]\nproviders: [a]\ntests:\n  - assert: [{ type: python, value: x }]\n',
  });
  t.match(await sluice(cwd, ['eval', 'suite.yaml']), {
    code: 1,
    err: /^suite\.yaml:4:\d+: assertion "python" is not understood/,
    out: /no assertion was understood/,
  });
  t.match(await sluice(cwd, ['eval', 'nowhere.yaml']), { code: 2 });
  t.match(await sluice(cwd, ['eval', 'suite.yaml', '--repeat', '0']), { code: 2 });
});
