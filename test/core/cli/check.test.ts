import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import t from 'tap';
import { sluice } from './_terminal.ts';

t.test('a folder with a ledger, keys and limits is checked and tested without its databases', async (t) => {
  const dir = t.testdir({
    policies: {
      '00-ledger.yaml': 'plugin: ledger\n',
      '10-keys.yaml': 'plugin: keys\n',
      '20-a.policy.ts':
        "import { policy, route, tag } from 'sluice';\nexport const a = policy('a', { kind: 'shape' }, route('all', true, tag({ x: 'y' })));\n",
      '20-a.policy.test.yaml': 'cases:\n  - name: all are tagged\n    expect: { tags: { x: y } }\n',
      '30-limits.yaml': 'plugin: token-limiter\n',
    },
    'gateway.yaml':
      'stores: { ledger: "postgres://nobody@127.0.0.1:1/none", counters: "redis://127.0.0.1:1" }\nproviders: { mock: { kind: mock } }\nmodels: { mock: mock/gpt }\n',
  });
  const scratch = () => readdirSync(tmpdir()).filter((name) => name.startsWith('sluice-check-')).length;
  const before = scratch();
  const check = await sluice(dir, ['check']);
  t.equal(check.code, 0, check.err);
  t.match(check.out, /30-limits\.yaml[\s\S]*: ok, 0 warnings/);
  t.equal(scratch(), before, 'nothing is left behind');
  const test = await sluice(dir, ['test']);
  t.equal(test.code, 0, test.err);
  t.match(test.out, /1 passed, 0 failed/);
});
