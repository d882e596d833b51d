import t from 'tap';
import { explainLeaf, explainRules } from '../../../core/policy/explain.ts';
import type { LeafTrace } from '../../../sdk/trace.ts';
import { type Given, requestContext } from './_facts.ts';
import { stepsOf } from './_policy.ts';

const hard = `const hard = any(content(/\\b(prove|derive)\\b/i, { last: true }), tokensIn.gt(4000), has('tools'));
policy('cheap-default', { kind: 'shape' },
  route('hard', hard, use('frontier'), tag({ lane: 'hard' })),
  route('easy', not(hard), use('mini'), fallback('mini-alt'), tag({ lane: 'easy' })));`;

async function explained(text: string, given: Given = {}, options?: { all: boolean }): Promise<string[]> {
  const [step] = await stepsOf(text, { file: 'cheap.policy.ts' });
  const ctx = requestContext(given);
  const decision =
    step!.hooks[0] === 'route' ? await step!.route!(ctx, undefined) : await step!.onRequest!(ctx, undefined);
  return explainRules(decision!.rules!, [], options);
}

t.test('a rule says what it wrote, where it stands and why it matched', async (t) => {
  t.same(await explained(hard, { view: { inputTokens: 5210 } }), [
    'frontier ← cheap-default/hard (cheap.policy.ts:4): tokensIn 5210 > 4000',
  ]);
  t.same(await explained(hard), [
    'mini; fallback mini-alt ← cheap-default/easy (cheap.policy.ts:5): content /\\b(prove|derive)\\b/i not found in 5 characters, tokensIn 10 not > 4000, has no tools',
  ]);
});

t.test('rules that did not match are shown on request', async (t) => {
  t.match(await explained(hard, { view: { inputTokens: 5210 } }, { all: true }), [
    /^frontier ←/,
    /^no match ← cheap-default\/easy/,
  ]);
});

t.test('only the leaves that decided are named', async (t) => {
  const text =
    "policy('p', { kind: 'guard' }, onRequest('r', all(any(plan('x'), plan('free')), not(any(has('tools'), tokensIn.gt(99)))), deny(403, 'no')));";
  const given: Given = { identity: { tenant: { plan: 'free' } } };
  t.same(await explained(text, given), [
    'deny 403 no ← p/r (cheap.policy.ts:2): plan free, has no tools, tokensIn 10 not > 99',
  ]);
});

t.test('every effect has its words', async (t) => {
  const text = (acts: string) => `policy('p', { kind: 'shape' }, route('r', true, ${acts}));`;
  t.same(await explained(text("tag({ a: 'b' })")), ['tag a: b ← p/r (cheap.policy.ts:2): always']);
  t.same(await explained(text("only({ region: ['eu'] }), retry({ max: 2 })")), [
    'only(region: eu); retry(max: 2) ← p/r (cheap.policy.ts:2): always',
  ]);
  t.same(
    await explained(text("split('exp', 'user', { a: { share: 100, do: [use('mini')] } })"), {
      identity: { user: 'ada' },
    }),
    ['arm a of exp by user; mini ← p/r (cheap.policy.ts:2): always'],
  );
  t.same(
    await explained(
      "policy('p', { kind: 'shape' }, onRequest('r', true, rewrite({ maxTokens: 3, params: { seed: 1 } })));",
    ),
    ['rewrite params, maxOutputTokens ← p/r (cheap.policy.ts:2): always'],
  );
  t.same(await explained("policy('p', { kind: 'shape' }, onRequest('r', true, run(() => [])));"), [
    'nothing ← p/r (cheap.policy.ts:2): always',
  ]);
});

t.test('a lost write names the winner and why', async (t) => {
  const rule = {
    policy: 'cheap-default',
    rule: 'hard',
    at: 'a:1',
    matched: true,
    leaves: [],
    wrote: { target: 'frontier' },
    us: 1,
    fuel: 0,
  };
  const lost = {
    policy: 'exp-42',
    rule: 'ab',
    slot: 'target',
    value: 'candidate',
    why: 'first writer cheap-default/hard',
  };
  t.same(
    explainRules([rule], [lost]).at(-1),
    'candidate lost to frontier: first writer cheap-default/hard (exp-42/ab)',
  );
  t.same(explainRules([], [{ ...lost, rule: null, why: 'outside only(region: eu) of eu/pin' }]), [
    'candidate lost: outside only(region: eu) of eu/pin (exp-42)',
  ]);
});

t.test('an error is shown in place of the effect', async (t) => {
  const rule = {
    policy: 'p',
    rule: 'r',
    at: 'a:1',
    matched: false,
    leaves: [],
    us: 1,
    fuel: 3,
    error: 'run() failed: oops',
  };
  t.same(explainRules([rule]), ['error ← p/r (a:1): run() failed: oops']);
});

t.test('every kind of leaf has its words', async (t) => {
  const leaf = (name: string, args: LeafTrace['args'], saw: LeafTrace['saw'], result: boolean) =>
    explainLeaf({ leaf: name, args, saw, result });
  t.equal(leaf('tier', ['frontier'], 'mini', false), 'tier mini, not frontier');
  t.equal(leaf('tenant', ['acme-*'], 'acme-1', true), 'tenant acme-1 of acme-*');
  t.equal(leaf('user', ['a'], null, false), 'user unknown, not a');
  t.equal(
    leaf('budget.used.gte', ['day', 'tenant', 0.8], 0.85, true),
    'budget(day, tenant).used 0.85 >= 0.8',
  );
  t.equal(leaf('param.gt', ['temperature', 1], null, false), 'param(temperature) unknown');
  t.equal(leaf('tokensIn.between', [1, 5], 9, false), 'tokensIn 9 not between 1 and 5');
  t.equal(leaf('header', ['x-a'], 'on', true), 'header x-a on');
  t.equal(leaf('header', ['x-a', 'off'], 'on', false), 'header x-a on, not off');
  t.equal(leaf('header', ['x-a'], null, false), 'header x-a not sent');
  t.equal(leaf('label', ['team', 'x'], 'x', true), 'label team x');
  t.equal(leaf('label', ['team'], null, false), 'label team unknown');
  t.equal(leaf('tagged', ['lane', 'easy'], 'hard', false), 'tagged lane hard, not easy');
  t.equal(
    leaf('hours', ['09:00', '17:00', { tz: 'UTC' }], 'wed 10:30', true),
    'wed 10:30 within 09:00-17:00',
  );
  t.equal(leaf('ab', [10, { by: 'user' }], 12.5, false), 'ab draw 12.5 >= 10');
  t.equal(leaf('fn', ['is odd'], null, true), 'fn is odd true');
  t.equal(leaf('has', ['tools', 'json'], ['json'], true), 'has json');
  t.equal(leaf('resp.cached', [], true, true), 'cached');
  t.equal(
    leaf('content', [{ source: 'x', flags: '' }, {}], { chars: 5, of: 9 }, false),
    'content /x/ not found in the first 5 of 9 characters',
  );
  t.equal(leaf('resp.status', [200, 201], 404, false), 'resp.status 404, not 200 | 201');
});
