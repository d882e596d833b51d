import t from 'tap';
import { coverageOf } from '../../../core/policy-test/coverage.ts';
import { runCase } from '../../../core/policy-test/run-case.ts';
import { casesOf, stage } from './_stage.ts';

async function cover(source: string, cases: string) {
  const offline = await stage({ '10-p.policy.ts': source });
  try {
    const traces = [];
    for (const one of casesOf(cases)) {
      const result = await runCase(one, offline, { policies: offline.policies });
      if (result.run !== null) traces.push(result.run.trace);
    }
    return coverageOf(offline.policies, traces);
  } finally {
    await offline.close();
  }
}

const words = `import { afterResponse, all, any, beforeUpstream, deny, fn, has, onRequest, plan, policy, region, resp, route, tag, tokensIn, up } from 'sluice';\n`;
const small = '{ name: small, given: { request: { tokensIn: 1 } }, expect: { deny: false } }';
const large = '{ name: large, given: { request: { tokensIn: 9 } }, expect: { deny: false } }';
const hard = `${words}export const p = policy('p', { kind: 'shape' },
  route('hard', any(tokensIn.gt(5), has('tools')), tag({ lane: 'hard' })));`;

t.test('a rule that matched and did not, with every answer of each question seen, is covered', async (t) => {
  const tools = '{ name: tools, given: { request: { tokensIn: 1, tools: [x] } }, expect: { deny: false } }';
  const { rules, percent, covered, total } = await cover(hard, `[${small}, ${large}, ${tools}]`);
  t.match(rules, [{ rule: 'p/hard', at: '10-p.policy.ts:3', state: 'matched', reason: null }]);
  t.strictSame([covered, total, percent], [5, 5, 100]);
});

t.test('an answer that no case gave is named', async (t) => {
  const { rules, covered, total, percent } = await cover(hard, `[${large}]`);
  t.match(rules[0], {
    state: 'matched',
    reason:
      'tokensIn.gt 5 was never false; has tools was never asked: what stands before it decided each time',
  });
  t.strictSame([covered, total, percent], [2, 5, 40]);
  const none = await cover(hard, `[${small}]`);
  t.match(none.rules[0], {
    state: 'evaluated',
    reason: 'it never matched; tokensIn.gt 5 was never true; has tools was never true',
  });
});

t.test('a rule behind a denial says whose', async (t) => {
  const source = `${words}export const p = policy('p', { kind: 'guard' },
  onRequest('no', true, deny(403, 'no')), onRequest('after', plan('free'), deny(403, 'after')),
  route('later', plan('free'), tag({ a: 'b' })));`;
  const { rules } = await cover(source, `[{ name: a, expect: { deny: true } }]`);
  t.match(rules, [
    { rule: 'p/no', state: 'matched', reason: null },
    { rule: 'p/after', state: 'never', reason: 'p/no (10-p.policy.ts:3) denied before it' },
    {
      rule: 'p/later',
      state: 'never',
      reason: 'no case reaches route; the requests were denied earlier, such as by p/no',
    },
  ]);
});

t.test(
  'a hook that no case reaches, a match that never holds and a policy that is off are told apart',
  async (t) => {
    const source = `${words}export const p = policy('p', { kind: 'shape' },
  afterResponse('cut', resp.finish('length'), tag({ cut: 'yes' })));
export const q = policy('q', { kind: 'shape', match: region('eu') }, route('eu', true, tag({ eu: 'yes' })));
export const off = policy('off', { kind: 'shape', mode: 'off' }, route('x', plan('free'), tag({ x: 'y' })));`;
    const failing = '{ name: a, given: { upstream: [{ fail: context_length }] }, expect: { deny: false } }';
    const { rules, total } = await cover(source, `[${failing}]`);
    t.match(rules, [
      { rule: 'p/cut', state: 'never', reason: 'no case reaches afterResponse' },
      { rule: 'q/eu', state: 'never', reason: "the policy's match held in no case" },
      { rule: 'off/x', state: 'off', reason: 'off is switched off (mode: off)' },
    ]);
    t.equal(total, 4, 'what is switched off does not count');
  },
);

t.test('code is known by its name', async (t) => {
  const source = `${words}export const p = policy('p', { kind: 'shape' },
  onRequest('fn', fn('long', (c) => c.request.tokensIn > 5), tag({ a: 'b' })));`;
  const { rules } = await cover(source, `[${small}]`);
  t.match(rules, [{ state: 'evaluated', leaves: [{ leaf: 'fn long', seenTrue: false, seenFalse: true }] }]);
});

t.test('without cases nothing is covered, and without rules everything', async (t) => {
  const none = await cover(hard, '');
  t.match(none, { percent: 0, rules: [{ state: 'never', reason: 'no case was run' }] });
  t.equal(coverageOf([], []).percent, 100);
});
