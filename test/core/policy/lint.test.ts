import t from 'tap';
import { lintPolicies } from '../../../core/policy/lint.ts';
import { type Capabilities, noCapabilities } from '../../../core/policy/plan.ts';
import { formatProblem } from '../../../core/problem.ts';
import { models } from './_facts.ts';
import { compiled, everything } from './_policy.ts';

async function lint(text: string, capabilities: Capabilities = everything): Promise<string[]> {
  const { policies } = await compiled(text);
  return lintPolicies(policies, { models, capabilities: () => capabilities }).map(formatProblem);
}

t.test('a target that is not configured is an error that names the nearest one', async (t) => {
  const acts = [
    "use('frontir')",
    "pick([{ to: 'frontir', weight: 1 }])",
    "fallback('mini', 'frontir')",
    "only({ target: ['frontir'] })",
    "shadow('frontir', { sample: 0.1, maxUsdPerDay: 1 })",
    "split('s', 'user', { a: { share: 100, do: [use('frontir')] } })",
  ];
  for (const act of acts) {
    const [first] = await lint(`policy('p', { kind: 'shape' },\n  route('r', true, ${act}));`);
    t.match(
      first,
      /test\.policy\.ts:3:3: error: rule "r", \w+\(\): "frontir" is no alias .* Did you mean "frontier"\?/,
      act,
    );
  }
  t.same(
    await lint("policy('p', { kind: 'shape' }, route('r', true, use('mock/gpt-mini')));"),
    [],
    'provider/model is a name too',
  );
  t.match(
    await lint("policy('p', { kind: 'guard' }, beforeUpstream('r', up.target('frontir'), deny(403, 'x')));"),
    [/error: .*up.target\(\)/],
  );
});

t.test('a model that clients may ask for and nobody configured is a warning', async (t) => {
  t.match(
    await lint("policy('p', { kind: 'shape' }, onRequest('r', model('frontir', 'gpt-*'), tag({ a: 'b' })));"),
    [/warning: .*model\(\): "frontir"/],
  );
});

t.test('a constraint that no target fits is a warning', async (t) => {
  t.match(await lint("policy('p', { kind: 'shape' }, route('r', true, only({ region: ['mars'] })));"), [
    /warning: .*only\(region: mars\): no target of any alias fits/,
  ]);
});

t.test('verbs and facts need a plugin that provides them', async (t) => {
  const needs: readonly (readonly [string, RegExp])[] = [
    [
      "onRequest('r', true, limit({ by: 'key', per: 'day', usd: 1 }))",
      /3:3: error: limit\(\) needs a plugin that provides it; none in this folder does \(the token-limiter plugin does: add a file with "plugin: token-limiter"\)$/,
    ],
    ["onRequest('r', true, redact('email'))", /redact\(\) .*pii-redactor/],
    ["onRequest('r', true, cache('bypass'))", /cache\(\) .*semantic-cache/],
    [
      "onRequest('r', budget('day').used.gt(1), tag({ a: 'b' }))",
      /budget\(\) needs .*the token-limiter plugin does/,
    ],
    ["onRequest('r', not(any(plan('x'), budget('day').usd.gt(1))), tag({ a: 'b' }))", /budget\(\) needs/],
    ["afterResponse('r', resp.usd.gt(1), tag({ a: 'b' }))", /resp.usd needs/],
  ];
  for (const [rule, expected] of needs) {
    const text = `policy('p', { kind: 'shape' },\n  ${rule});`;
    t.match(await lint(text, noCapabilities), [expected], rule);
    t.same(await lint(text), [], rule);
  }
});

t.test('a rule behind a denial that it implies is never reached', async (t) => {
  const reached = (first: string, second: string) =>
    lint(
      `policy('p', { kind: 'shape' }, onRequest('a', ${first}, deny(403, 'x')),\n  onRequest('b', ${second}, tag({ a: 'b' })));`,
    );
  const unreachable = [
    ['true', "plan('x')"],
    ["plan('x', 'y')", "plan('y')"],
    ['tokensIn.gt(10)', 'tokensIn.gt(20)'],
    ['tokensIn.gte(10)', 'tokensIn.gt(10)'],
    ["any(plan('x'), has('tools'))", "has('tools')"],
    ["plan('x')", "all(has('tools'), plan('x'))"],
    ["any(plan('x'), plan('y'))", "any(plan('y'), plan('x'))"],
    ["not(plan('x'))", "not(plan('x', 'y'))"],
    ["budget('day').used.gte(1)", "budget('day').used.gte(2)"],
  ] as const;
  for (const [first, second] of unreachable) {
    t.match(
      await reached(first, second),
      [/3:3: warning: rule "b" is never reached: .*"a" \(line 2\) has denied/],
      `${first} before ${second}`,
    );
  }
  const reachable = [
    ["plan('x')", 'true'],
    ["plan('y')", "plan('x', 'y')"],
    ['tokensIn.gt(10)', 'tokensIn.gte(10)'],
    ['tokensIn.gt(20)', 'tokensIn.gt(10)'],
    ['tokensIn.lt(20)', 'tokensIn.gt(30)'],
    ["budget('day').used.gte(1)", "budget('month').used.gte(2)"],
    ["all(plan('x'), has('tools'))", "plan('x')"],
  ] as const;
  for (const [first, second] of reachable)
    t.same(await reached(first, second), [], `${first} before ${second}`);
});

t.test('a guard on what was asked for wants its twin before the upstream', async (t) => {
  const asked = "onRequest('asked', all(plan('free'), tier('frontier')), deny(403, 'x'))";
  t.match(await lint(`policy('p', { kind: 'guard' }, ${asked});`), [
    /warning: the guard "asked" judges by tier\(\), .* Add a beforeUpstream rule on up.tier\(…\)/,
  ]);
  t.same(
    await lint(
      `policy('p', { kind: 'guard' }, ${asked}, beforeUpstream('routed', up.tier('frontier'), deny(403, 'x')));`,
    ),
    [],
  );
  t.same(
    await lint("policy('p', { kind: 'guard' }, onRequest('asked', plan('free'), deny(403, 'x')));"),
    [],
    'who asks does not change on the way',
  );
});

t.test('a rule that never gets its slot is a warning', async (t) => {
  const slots = (first: string, second: string) =>
    lint(
      `policy('p', { kind: 'shape' }, route('a', ${first}));\npolicy('q', { kind: 'shape' },\n  route('b', ${second}));`,
    );
  t.match(await slots("true, use('mini')", "plan('x'), use('frontier')"), [
    /4:3: warning: rule "b" never gets the slot target: p\/a \(test.policy.ts:2\) always writes it first/,
  ]);
  t.match(await slots("plan('x'), retry({ max: 1 })", "plan('x'), retry({ max: 2 })"), [/slot retry/]);
  t.match(await slots("true, use('mini', { override: true })", "true, use('frontier', { override: true })"), [
    /it has the first override/,
  ]);
  t.same(await slots("true, use('mini')", "true, use('frontier', { override: true })"), []);
  t.same(await slots("plan('x'), use('mini')", "plan('y'), use('frontier')"), []);
  t.same(await slots("true, use('mini')", "true, fallback('frontier')"), []);
});

t.test('shares of a split must sum to 100', async (t) => {
  t.match(
    await lint(
      "policy('p', { kind: 'shape' }, route('r', true, split('s', 'user', { a: { share: 90 }, b: { share: 20 } })));",
    ),
    [/error: rule "r", split\("s"\): expected shares that sum to 100, got 110 \(a 90, b 20\)/],
  );
  t.same(
    await lint(
      "policy('p', { kind: 'shape' }, route('r', true, split('s', 'user', { a: { share: 33.3 }, b: { share: 33.3 }, c: { share: 33.4 } })));",
    ),
    [],
  );
});

t.test('a share that looks like a fraction, and a guard that fails open, are warnings', async (t) => {
  t.match(
    await lint(
      "policy('p', { kind: 'shape' }, onRequest('r', ab(0.1, { by: 'user', salt: 's' }), tag({ a: 'b' })));",
    ),
    [/ab\(0.1\) is 0.1 per cent; for a share of 0.1 write ab\(10\)/],
  );
  t.match(
    await lint("policy('p', { kind: 'guard', onError: 'skip' }, onRequest('r', true, tag({ a: 'b' })));"),
    [/warning: the guard "p" has onError 'skip'/],
  );
});

t.test('two policies of one name in a folder are an error', async (t) => {
  const { policies } = await compiled(
    "policy('p', { kind: 'shape' }, onRequest('r', true, tag({ a: 'b' })));",
  );
  const again = policies.map((policy) => ({ ...policy, file: 'other.policy.ts' }));
  const problems = lintPolicies([...policies, ...again], { models, capabilities: () => everything });
  t.match(problems.map(formatProblem), [
    /other.policy.ts:2:1: error: a second policy named "p"; the first is in test.policy.ts:2/,
  ]);
});
