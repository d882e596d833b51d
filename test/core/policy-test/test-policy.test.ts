import { AssertionError } from 'node:assert';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { testPolicy } from '../../../core/testing.ts';

const policy = `import { policy, route, tag, tokensIn } from 'sluice';
export const p = policy('p', { kind: 'shape' }, route('hard', tokensIn.gt(4000), tag({ lane: 'hard' })));
`;

t.test('a policy holds for every request of a kind', async (t) => {
  const folder = t.testdir({ '10-p.policy.ts': policy, '20-other.policy.ts': 'not even a policy' });
  const lanes = testPolicy(join(folder, '10-p.policy.ts'));
  t.teardown(() => lanes.close());
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 4001, max: 200_000 }), async (tokensIn) => {
      await lanes.given({ request: { tokensIn } }).expect({ rules: ['p/hard'], tags: { lane: 'hard' } });
    }),
    { numRuns: 50 },
  );
  const { trace } = await lanes.given({ request: { tokensIn: 4000 } }).run();
  t.strictSame(trace.tags, {});
});

t.test('what comes out otherwise is thrown with the decision record', async (t) => {
  const folder = t.testdir({ '10-p.policy.ts': policy });
  const lanes = testPolicy(join(folder, '10-p.policy.ts'));
  t.teardown(() => lanes.close());
  const failing = lanes.given({ request: { tokensIn: 1 } }).expect({ tags: { lane: 'hard' } });
  await t.rejects(failing, AssertionError);
  await t.rejects(failing, {
    message: /^tags\.lane: expected "hard", got nothing\n\| [\s\S]*no match ← p\/hard/,
  });
});

t.test('the configuration beside the policy is used, or the one that is named', async (t) => {
  const folder = t.testdir({
    '10-p.policy.ts':
      "import { policy, route, use } from 'sluice';\nexport const p = policy('p', { kind: 'shape' }, route('r', true, use('own')));\n",
    'gateway.yaml': 'providers: { up: { kind: openai } }\nmodels: { own: up/beside }\n',
    conf: { 'named.yaml': 'providers: { up: { kind: openai } }\nmodels: { own: up/named }\n' },
  });
  const beside = testPolicy(join(folder, '10-p.policy.ts'));
  const named = testPolicy(join(folder, '10-p.policy.ts'), { config: join(folder, 'conf/named.yaml') });
  t.teardown(() => Promise.all([beside.close(), named.close()]));
  await beside.given({}).expect({ target: 'up/beside' });
  await named.given({}).expect({ target: 'up/named' });
});

t.test('a file that is no policy is refused', async (t) => {
  const folder = t.testdir({ 'a.policy.test.yaml': 'name: a\nexpect: { status: 200 }\n' });
  await t.rejects(testPolicy(join(folder, 'a.policy.test.yaml')).given({}).run(), {
    message: /expected a policy file/,
  });
});
