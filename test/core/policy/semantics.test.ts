import t from 'tap';
import { noCapabilities } from '../../../core/policy/plan.ts';
import { policySteps } from '../../../core/policy/step.ts';
import { answer, attemptContext, models, requestContext, responseContext } from './_facts.ts';
import { compiled, stepsOf } from './_policy.ts';
import { inProcessSandbox } from './_sandbox.ts';

t.test('rules apply top down, all that match', async (t) => {
  const [step] = await stepsOf(`policy('p', { kind: 'shape' },
    onRequest('a', true, tag({ a: '1' })), onRequest('b', plan('x'), tag({ b: '1' })), onRequest('c', true, tag({ c: '1' })));`);
  const decision = (await step!.onRequest!(requestContext(), undefined))!;
  t.same(decision.tags, { a: '1', c: '1' });
  t.same(
    decision.rules!.map(({ rule, matched }) => [rule, matched]),
    [
      ['a', true],
      ['b', false],
      ['c', true],
    ],
  );
});

t.test('deny stops the hook at once and keeps the tags set before it', async (t) => {
  const [step] = await stepsOf(`policy('p', { kind: 'guard' },
    onRequest('a', true, tag({ a: '1' })), onRequest('no', true, tag({ b: '1' }), deny(403, 'x'), tag({ c: '1' })), onRequest('d', true, tag({ d: '1' })));`);
  const decision = (await step!.onRequest!(requestContext(), undefined))!;
  t.match(decision, { type: 'deny', code: 'x', tags: { a: '1', b: '1' }, reason: 'p/no' });
  t.same(Object.keys(decision.tags!), ['a', 'b']);
  t.same(
    decision.rules!.map(({ rule }) => rule),
    ['a', 'no'],
  );
});

t.test('a policy without code decides at once, without a promise', async (t) => {
  const [step] = await stepsOf("policy('p', { kind: 'shape' }, onRequest('a', true, tag({ a: '1' })));");
  t.notOk(step!.onRequest!(requestContext(), undefined) instanceof Promise);
});

t.test('guards fail closed, shapes are left out, onError has the last word', async (t) => {
  const steps = await stepsOf(
    `const r = (id) => onRequest(id, true, tag({ a: 'b' }));
    policy('guard', { kind: 'guard' }, r('r1')); policy('shape', { kind: 'shape' }, r('r2'));
    policy('open', { kind: 'guard', onError: 'skip' }, r('r3')); policy('hard', { kind: 'shape', onError: 'closed' }, r('r4'));`.replaceAll(
      '(id)',
      '(id: string)',
    ),
  );
  t.same(
    steps.map(({ name, onFailure }) => [name, onFailure]),
    [
      ['guard', 'closed'],
      ['shape', 'open'],
      ['open', 'open'],
      ['hard', 'closed'],
    ],
  );
});

t.test('mode, hooks, file and summary are on the step', async (t) => {
  const [step] = await stepsOf(
    "policy('p', { kind: 'shape', mode: 'shadow', owner: 'team-a' }, onRequest('a', true, tag({ a: '1' })), route('b', true, use('mini')));",
    { file: '40-x.policy.ts' },
  );
  t.match(step, {
    file: '40-x.policy.ts',
    name: 'p',
    kind: 'policy',
    mode: 'shadow',
    hooks: ['onRequest', 'route'],
    streamMode: null,
    match: null,
    summary: 'shape, 2 rules, owned by team-a',
  });
  t.equal(step!.beforeUpstream, undefined);
  t.equal(step!.whole, undefined);
});

t.test('match limits the whole policy to some requests', async (t) => {
  const steps =
    await stepsOf(`policy('p', { kind: 'shape', match: tier('frontier') }, onRequest('a', true, tag({ a: '1' })));
    policy('q', { kind: 'shape', match: fn('f', (c) => c.request.model === 'mini') }, onRequest('a', true, tag({ a: '1' })));`);
  t.equal(steps[0]!.match!(requestContext({ view: { model: 'frontier' } })), true);
  t.equal(steps[0]!.match!(requestContext()), false);
  t.equal(await steps[1]!.match!(requestContext({ view: { model: 'mini' } })), true);
});

t.test('a leaf that two rules share is asked once', async (t) => {
  let asked = 0;
  const [step] = await stepsOf(
    "const b = budget('day').used.gt(0.5); policy('p', { kind: 'shape' }, onRequest('a', b, tag({ a: '1' })), onRequest('b', not(b), tag({ b: '1' })));",
    {
      budget: () => {
        asked += 1;
        return { usd: 1, limit: 1, used: 1 };
      },
    },
  );
  const decision = (await step!.onRequest!(requestContext(), undefined))!;
  t.equal(asked, 1);
  t.same(
    decision.rules!.map(({ leaves }) => leaves.length),
    [1, 1],
  );
});

t.test('facts that no rule reads are not computed', async (t) => {
  const [step] = await stepsOf("policy('p', { kind: 'shape' }, onRequest('a', plan('x'), tag({ a: '1' })));");
  const ctx = requestContext();
  const view = new Proxy(ctx.view, { get: () => t.fail('the view was read') });
  t.ok(await step!.onRequest!({ ...ctx, view }, undefined));
});

t.test('afterResponse needs the whole answer where it may refuse it or runs code', async (t) => {
  const mode = async (rule: string) =>
    (await stepsOf(`policy('p', { kind: 'shape' }, ${rule});`))[0]!.streamMode;
  t.equal(await mode("afterResponse('r', true, tag({ a: 'b' }))"), 'observe');
  t.equal(await mode("afterResponse('r', resp.content(/x/), deny(451, 'x'))"), 'whole');
  t.equal(await mode("afterResponse('r', fn('f', () => true), tag({ a: 'b' }))"), 'whole');
  t.equal(await mode("afterResponse('r', true, run(() => []))"), 'whole');
});

t.test('an observing policy concludes its tags and record once the answer has ended', async (t) => {
  const [step] = await stepsOf(
    "policy('p', { kind: 'shape' }, afterResponse('long', resp.tokensOut.gt(10), tag({ size: 'long' })));",
  );
  const observer = step!.observe!(responseContext(), undefined)!;
  t.equal(observer.chunk, undefined);
  t.match(await observer.conclude!(answer('x')), {
    tags: { size: 'long' },
    rules: [{ rule: 'long', matched: true }],
  });
});

t.test('a policy that fails while observing says so to who runs it', async (t) => {
  const [step] = await stepsOf(
    "policy('p', { kind: 'shape' }, afterResponse('r', fn('f', () => { throw new Error('oops'); }), tag({ a: 'b' })));",
  );
  const concluded = step!.observe!(responseContext(), undefined)!.conclude!(answer('x'));
  await t.rejects(Promise.resolve(concluded), { message: /oops/ });
});

t.test('the same request gives the same decision', async (t) => {
  const text =
    "policy('p', { kind: 'shape' }, route('r', ab(50, { by: 'user', salt: 'x' }), pick([{ to: 'mini', weight: 1 }, { to: 'frontier', weight: 1 }])), route('s', true, split('s', 'user', { a: { share: 50 }, b: { share: 50 } })));";
  const ctx = requestContext({ identity: { user: 'ada' } });
  const strip = (value: unknown) => JSON.stringify(value).replaceAll(/"us":[\d.]+/g, '');
  const [one] = await stepsOf(text);
  const [two] = await stepsOf(text);
  t.equal(strip(one!.route!(ctx, undefined)), strip(two!.route!(ctx, undefined)));
});

t.test('closing the last running step of a file frees its sandbox', async (t) => {
  const sandbox = inProcessSandbox();
  const { policies, key } = await compiled(
    "const r = () => onRequest('r', true, tag({ a: 'b' })); policy('a', { kind: 'shape' }, r()); policy('b', { kind: 'shape', mode: 'off' }, r());",
    { sandbox },
  );
  const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
  const steps = policySteps(policies, {
    sandbox,
    key,
    models,
    capabilities: noCapabilities,
    clock: { monotonic: () => 0 },
    log: silent,
  });
  t.equal(steps[1]!.close, undefined);
  await steps[0]!.close!();
  t.same(sandbox.released, [key]);
});

t.test('a deny of beforeUpstream sees every attempt', async (t) => {
  const [step] = await stepsOf(
    "policy('eu', { kind: 'guard' }, beforeUpstream('verify', all(region('eu'), not(up.region('eu'))), deny(451, 'eu_residency')));",
  );
  const ctx = (region: string) =>
    attemptContext({
      identity: { tenant: { region: 'eu' } },
      target: { ...attemptContext().target, region },
    });
  t.equal((await step!.beforeUpstream!(ctx('us'), undefined))?.type, 'deny');
  t.equal((await step!.beforeUpstream!(ctx('eu'), undefined))?.type, 'continue');
});
