import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createGateway } from '../../../core/gateway.ts';
import { verifyFolder } from '../../../core/policy-test/verify.ts';
import { type Problem, ProblemsError } from '../../../core/problem.ts';
import { loadProgram } from '../../../core/program/load.ts';
import { memoryFolder } from '../../../core/program/memory-folder.ts';
import { createPolicyLoader } from '../../../core/program/policy-loader.ts';
import { systemClock } from '../../../core/services/clock.ts';
import { silentLog } from '../../../core/services/log.ts';
import { ScriptedUpstream, testGateway } from '../../../core/testing.ts';
import { stage } from './_stage.ts';

const lane = (name: string) => `import { policy, route, tag } from 'sluice';
export const p = policy('p', { kind: 'shape' }, route('lane', true, tag({ lane: '${name}' })));
`;
const test = (name: string) => `cases:
  - name: it names the lane
    expect: { tags: { lane: ${name} } }
`;
const config = {
  name: 'gateway.yaml',
  text: 'providers: { up: { kind: openai, base_url: http://up.test/v1 } }\nmodels: { test: up/a }\n',
};

/** What keeps a gateway with these policies from starting. */
async function problemsOf(policies: Readonly<Record<string, string>>): Promise<readonly Problem[]> {
  try {
    await (await testGateway({ policies })).close();
    return [];
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems;
    throw error;
  }
}

t.test('a gateway whose policies fail their tests does not start', async (t) => {
  t.match(await problemsOf({ '10-p.policy.ts': lane('a'), '10-p.policy.test.yaml': test('b') }), [
    {
      file: '10-p.policy.test.yaml',
      line: 2,
      severity: 'error',
      message: 'the test "it names the lane" fails: tags.lane: expected "b", got "a"',
    },
  ]);
});

t.test('a test file that is not understood keeps the gateway from starting as well', async (t) => {
  const policies = {
    '10-p.policy.ts': lane('a'),
    '10-p.policy.test.yaml': 'name: x\nexpect: { tag: {} }\n',
  };
  t.match(await problemsOf(policies), [{ file: '10-p.policy.test.yaml', line: 2 }]);
});

t.test('tests call nobody and leave no record', async (t) => {
  const { gateway, upstream, close } = await testGateway({
    policies: { '10-p.policy.ts': lane('a'), '10-p.policy.test.yaml': test('a') },
  });
  t.teardown(close);
  t.equal(upstream.calls.length, 0);
  t.strictSame(gateway.recentTraces(10), []);
});

t.test(
  'a change that fails its test leaves the last good version serving, and readiness names file and line',
  async (t) => {
    const folder = join(t.testdir({}), 'policies');
    await mkdir(folder);
    await writeFile(join(folder, '10-p.policy.ts'), lane('a'));
    await writeFile(join(folder, '10-p.policy.test.yaml'), test('a'));
    const gateway = await createGateway({
      config,
      policies: folder,
      env: {},
      http: new ScriptedUpstream(),
      services: { log: silentLog },
    });
    t.teardown(() => gateway.close());
    const { version } = gateway.program;
    const ready = async () =>
      (await (await gateway.request(new Request('http://gateway.test/health/ready'))).json()) as {
        policies: { version: string; last_change: string; problems: string[] };
      };

    await writeFile(join(folder, '10-p.policy.ts'), lane('b'));
    const problems = await gateway.reload();
    t.match(problems, [{ file: '10-p.policy.test.yaml', line: 2 }]);
    t.match((await ready()).policies, {
      version,
      last_change: 'refused',
      problems: [/^10-p\.policy\.test\.yaml:2:\d+: error: the test "it names the lane" fails/],
    });

    await writeFile(join(folder, '10-p.policy.test.yaml'), test('b'));
    t.strictSame(await gateway.reload(), []);
    t.not(gateway.program.version, version);
    t.match((await ready()).policies, { last_change: 'ok', problems: [] });
  },
);

t.test('tests that take too long together are a problem at the first that was not run', async (t) => {
  const offline = await stage({});
  t.teardown(() => offline.close());
  const loader = createPolicyLoader({ clock: systemClock, log: silentLog });
  t.teardown(() => loader.close());
  const snapshot = memoryFolder({ '10-p.policy.ts': lane('a'), '10-p.policy.test.yaml': test('a') });
  const program = await loadProgram(snapshot, {
    plugins: new Map(),
    services: offline.setup.services,
    clock: systemClock,
    loadPolicies: loader.load(offline.setup.services.models),
  });
  const deps = { setup: offline.setup, sandbox: loader.sandbox };
  t.strictSame(await verifyFolder(program, snapshot, deps), []);
  t.match(await verifyFolder(program, snapshot, { ...deps, limitMs: 0 }), [
    { file: '10-p.policy.test.yaml', line: 2, message: /longer than 0 ms.*1 of them/ },
  ]);
});

t.test('policies that are fine keep running after their plans were read for the tests', async (t) => {
  const { chat, trace, close } = await testGateway({
    policies: {
      '10-p.policy.ts': `import { fn, policy, route, tag } from 'sluice';
export const p = policy('p', { kind: 'shape' }, route('code', fn('yes', () => true), tag({ code: 'ran' })));`,
      '10-p.policy.test.yaml': 'name: a\nexpect: { rules: [p/code] }\n',
    },
  });
  t.teardown(close);
  const response = await chat('Hi');
  await response.text();
  t.match(trace(response).tags, { code: 'ran' });
});
