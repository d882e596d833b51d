import { join } from 'node:path';
import t from 'tap';
import { sluice } from './_terminal.ts';

const root = join(import.meta.dirname, '../../..');
const config = `providers: { up: { kind: openai, base_url: http://up.test/v1, api_key: \${NO_SUCH_KEY} } }\nmodels: { test: up/a }\n`;
const policy = `import { policy, route, tag, tokensIn } from 'sluice';
export const p = policy('p', { kind: 'shape' },
  route('hard', tokensIn.gt(10), tag({ lane: 'hard' })));
`;
const good = `given: { request: { lastUser: Hi } }
cases:
  - name: long is hard
    given: { request: { tokensIn: 11 } }
    expect: { tags: { lane: hard } }
  - name: short is not
    expect: { not_rules: [p/hard] }
`;
const bad = `${good}  - name: short is hard
    expect: { tags: { lane: hard } }
  - name: no such rule
    expect: { rules: [p/herd] }
  - name: later
    skip: waits for something
    expect: { status: 200 }
`;

t.test('the policies that ship pass their tests', async (t) => {
  const own = await sluice(root, ['test']);
  t.equal(own.code, 0, own.out + own.err);
  t.match(own.out, /^\d+ passed, 0 failed, 0 skipped$/m);
  const examples = await sluice(root, ['test', 'policies/examples']);
  t.equal(examples.code, 0, examples.out + examples.err);
  t.match(examples.out, /^\d+ passed, 0 failed, 0 skipped$/m);
});

t.test('passing tests are listed by file, counted on a line of their own, and exit with 0', async (t) => {
  const cwd = t.testdir({
    'gateway.yaml': config,
    policies: { '10-p.policy.ts': policy, '10-p.policy.test.yaml': good },
  });
  const { code, out, err } = await sluice(cwd, ['test']);
  t.equal(code, 0);
  t.equal(err, '');
  t.equal(
    out,
    '10-p.policy.test.yaml\n  PASS    long is hard\n  PASS    short is not\n2 passed, 0 failed, 0 skipped\n',
  );
});

t.test(
  'a failing test shows place, difference and decision record; errors count as failed; exit code 1',
  async (t) => {
    const cwd = t.testdir({
      'gateway.yaml': config,
      policies: { '10-p.policy.ts': policy, '10-p.policy.test.yaml': bad },
    });
    const { code, out } = await sluice(cwd, ['test']);
    t.equal(code, 1);
    t.match(
      out,
      '  FAIL    short is hard  (10-p.policy.test.yaml:8)\n            tags.lane: expected "hard", got nothing\n',
    );
    t.match(out, /\| route: no match ← p\/hard \(10-p\.policy\.ts:3\): tokensIn \d+ not > 10/);
    t.match(out, /ERROR {3}no such rule {2}\(10-p\.policy\.test\.yaml:10\)\n.*did you mean "p\/hard"/);
    t.match(out, '  SKIPPED later: waits for something\n');
    t.match(out, /^2 passed, 2 failed, 1 skipped$/m);
  },
);

t.test('a folder that does not load says where, and exits with 1', async (t) => {
  const broken =
    "import { policy, route, tag } from 'sluice';\n\nexport const p = policy('p', { kind: 'shape' }, route('r', true, tagg({})));\n";
  const cwd = t.testdir({ policies: { '10-p.policy.ts': broken, '10-p.policy.test.yaml': good } });
  const { code, out, err } = await sluice(cwd, ['test']);
  t.equal(code, 1);
  t.equal(out, '');
  t.match(err, /^10-p\.policy\.ts:3:\d+: error: .*tagg/m);
  const json = await sluice(cwd, ['test', '--json']);
  t.match(JSON.parse(json.out), { ok: false, problems: [{ file: '10-p.policy.ts', line: 3 }] });
});

t.test('a test file that is not understood fails with its line, and the others run', async (t) => {
  const cwd = t.testdir({
    policies: {
      '10-p.policy.ts': policy,
      '10-p.policy.test.yaml': good,
      '20-x.policy.test.yaml': 'name: a\nexpect: { tag: {} }\n',
    },
  });
  const { code, out } = await sluice(cwd, ['test']);
  t.equal(code, 1);
  t.match(out, /ERROR {3}20-x\.policy\.test\.yaml:2:\d+: error: .*tag.*"tags"/);
  t.match(out, /^2 passed, 1 failed, 0 skipped$/m);
});

t.test('one file can be run by itself, and a folder beside the working one', async (t) => {
  const cwd = t.testdir({
    other: {
      'gateway.yaml': config,
      '10-p.policy.ts': policy,
      '10-p.policy.test.yaml': good,
      '11-p.policy.test.yaml': bad,
    },
  });
  t.match(await sluice(cwd, ['test', 'other/10-p.policy.test.yaml']), {
    code: 0,
    out: /^2 passed, 0 failed/m,
  });
  t.match(await sluice(cwd, ['test', 'other']), { code: 1 });
  t.match(await sluice(cwd, ['test', '--policies', 'other']), { code: 1 });
});

t.test(
  'the configuration comes from the folder, else from the option, else from the working folder',
  async (t) => {
    const needs =
      "import { policy, route, use } from 'sluice';\nexport const p = policy('p', { kind: 'shape' }, route('r', true, use('special')));\n";
    const case1 = 'name: a\nexpect: { target: up/special }\n';
    const special = 'providers: { up: { kind: openai } }\nmodels: { special: up/special }\n';
    const files = { '10-p.policy.ts': needs, '10-p.policy.test.yaml': case1 };
    const cwd = t.testdir({
      'gateway.yaml': config,
      'special.yaml': special,
      bare: files,
      own: { ...files, 'gateway.yaml': special },
    });
    t.match(await sluice(cwd, ['test', 'bare']), { code: 1, err: /special/ });
    t.match(await sluice(cwd, ['test', 'own']), { code: 0 });
    t.match(await sluice(cwd, ['test', 'bare', '--config', 'special.yaml']), { code: 0 });
  },
);

t.test('coverage is printed, and a threshold that is not met exits with 1', async (t) => {
  const half = 'name: short\nexpect: { not_rules: [p/hard] }\ngiven: { request: { lastUser: Hi } }\n';
  const cwd = t.testdir({ policies: { '10-p.policy.ts': policy, '10-p.policy.test.yaml': half } });
  const shown = await sluice(cwd, ['test', '--coverage']);
  t.equal(shown.code, 0);
  t.match(
    shown.out,
    /evaluated p\/hard \(10-p\.policy\.ts:3\): it never matched; tokensIn\.gt 10 was never true/,
  );
  t.match(shown.out, /^coverage 33 % \(1 of 3\)$/m);
  t.match(await sluice(cwd, ['test', '--threshold', '90']), {
    code: 1,
    err: /coverage 33 % is less than the threshold 90 %/,
  });
  t.match(await sluice(cwd, ['test', '--threshold', '33']), { code: 0 });
});

t.test('a folder without tests is fine, unless it must have some', async (t) => {
  const cwd = t.testdir({ policies: { '10-p.policy.ts': policy } });
  t.match(await sluice(cwd, ['test']), { code: 0, out: '0 passed, 0 failed, 0 skipped\n' });
  t.match(await sluice(cwd, ['test', '--fail-on-empty']), { code: 1, err: /there are no tests/ });
});

t.test('--json is one object for programs', async (t) => {
  const cwd = t.testdir({
    'gateway.yaml': config,
    policies: { '10-p.policy.ts': policy, '10-p.policy.test.yaml': bad },
  });
  const { code, out } = await sluice(cwd, ['test', '--json', '--coverage']);
  t.equal(code, 1);
  t.match(JSON.parse(out), {
    ok: false,
    passed: 2,
    failed: 2,
    skipped: 1,
    cases: [
      { file: '10-p.policy.test.yaml', line: 3, name: 'long is hard', status: 'pass', notes: [] },
      { status: 'pass' },
      { line: 8, status: 'fail', notes: ['tags.lane: expected "hard", got nothing'], trace: { v: 1 } },
      { status: 'error' },
      { status: 'skip' },
    ],
    coverage: { percent: 100 },
  });
});

t.test('tests in TypeScript are programs: their exit code says whether they pass', async (t) => {
  const testing = JSON.stringify(join(root, 'core/testing.ts'));
  const script = (lane: string) => `import { testPolicy } from ${testing};
const p = testPolicy(new URL('10-p.policy.ts', import.meta.url));
for (const tokensIn of [11, 5000]) await p.given({ request: { tokensIn } }).expect({ tags: { lane: '${lane}' } });
`;
  const cwd = t.testdir({
    policies: {
      '10-p.policy.ts': policy,
      '10-p.policy.test.ts': script('hard'),
      '11-p.policy.test.ts': script('easy'),
    },
  });
  // Each is a process, which need not compile what others have compiled before.
  const { NODE_COMPILE_CACHE: cache = '' } = process.env;
  const { code, out } = await sluice(cwd, ['test'], { NODE_COMPILE_CACHE: cache });
  t.equal(code, 1);
  t.match(out, '  PASS    10-p.policy.test.ts\n');
  t.match(out, /FAIL {4}11-p\.policy\.test\.ts\n[\s\S]*tags\.lane: expected "easy", got "hard"/);
  t.match(out, /^1 passed, 1 failed, 0 skipped$/m);
});

t.test('wrong use exits with 2', async (t) => {
  const cwd = t.testdir({ policies: {}, 'notes.txt': '' });
  t.match(await sluice(cwd, ['test', 'nowhere']), { code: 2, err: /there is no nowhere/ });
  t.match(await sluice(cwd, ['test', 'notes.txt']), { code: 2, err: /expected a test file/ });
  t.match(await sluice(cwd, ['test', '--threshold', 'high']), { code: 2, err: /--threshold/ });
  t.match(await sluice(cwd, ['test', '--covrage']), { code: 2 });
  t.match(await sluice(cwd, ['test', '--help']), { code: 0, out: /^Usage: sluice test/ });
});
