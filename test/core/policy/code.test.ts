import t from 'tap';
import { PolicyError } from '../../../core/policy/interpreter.ts';
import { noCapabilities } from '../../../core/policy/plan.ts';
import { policySteps } from '../../../core/policy/step.ts';
import { models, requestContext } from './_facts.ts';
import { compiled, stepsOf } from './_policy.ts';
import { inProcessSandbox } from './_sandbox.ts';

t.test('run returns verbs, and they count as the rule’s own', async (t) => {
  const [step] = await stepsOf(`policy('p', { kind: 'guard' },
    onRequest('r', true, tag({ a: '1' }), run((c) => c.request.tokensIn > 5 ? [tag({ b: '2' }), deny(403, 'big')] : undefined)));`);
  const denied = (await step!.onRequest!(requestContext(), undefined))!;
  t.match(denied, { type: 'deny', code: 'big', tags: { a: '1', b: '2' } });
  t.match(denied.rules![0], { fuel: 7, wrote: { deny: { status: 403, code: 'big' } } });
  const passed = (await step!.onRequest!(requestContext({ view: { inputTokens: 1 } }), undefined))!;
  t.match(passed, { type: 'continue', tags: { a: '1' } });
});

t.test('code sees only facts without credentials, seeded and timed by the request', async (t) => {
  const calls: { nowMs: number; seed: string; small: string }[] = [];
  const sandbox = inProcessSandbox();
  const { policies, key } = await compiled(
    "policy('p', { kind: 'shape' }, onRequest('r', fn('f', () => true), tag({ a: 'b' })));",
    { sandbox },
  );
  const spy = {
    ...sandbox,
    call(call: Parameters<typeof sandbox.call>[0]) {
      calls.push({ nowMs: call.nowMs, seed: call.seed, small: call.facts.small() });
      return sandbox.call(call);
    },
  };
  const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
  const [step] = policySteps(policies, {
    sandbox: spy,
    key,
    models,
    capabilities: noCapabilities,
    clock: { monotonic: () => 0 },
    log: silent,
  });
  const ctx = requestContext();
  await step!.onRequest!(ctx, undefined);
  t.match(calls, [{ nowMs: ctx.arrivedAtMs, seed: 'req_1/p' }]);
  const facts = JSON.parse(calls[0]!.small) as { request: object };
  t.same(Object.keys(facts), [
    'phase',
    'requestId',
    'now',
    'attempt',
    'user',
    'feature',
    'ip',
    'tenant',
    'key',
    'request',
    'tags',
    'up',
    'resp',
  ]);
  t.same(
    Object.keys(facts.request),
    ['api', 'model', 'tier', 'stream', 'tokensIn'],
    'large facts cross only when they are read',
  );
});

t.test('code that throws, or answers what is not allowed, is a policy error with its record', async (t) => {
  const broken: readonly (readonly [string, RegExp])[] = [
    ["run(() => { throw new Error('oops'); })", /p\/r \(test\.policy\.ts:2\): run\(\) failed: oops/],
    ["run(() => use('mini'))", /use\(\) does nothing in onRequest/],
    ['run(() => ({ dany: 1 }))', /unknown key "dany"; known: deny, .* Did you mean "deny"/],
    ['run(() => true)', /expected verbs such as deny\(403, 'code'\), or nothing, got true/],
    ['run(() => [[]])', /expected a verb/],
    ["run(() => ({ $a: 'run', args: [0] }))", /run\(\) is not allowed here/],
  ];
  for (const [act, expected] of broken) {
    const [step] = await stepsOf(
      `policy('p', { kind: 'guard' }, onRequest('ok', true, tag({ a: 'b' })), onRequest('r', true, ${act}));`,
    );
    const error = await Promise.resolve(step!.onRequest!(requestContext(), undefined)).then(
      () => t.fail('expected a policy error'),
      (error: unknown) => error,
    );
    t.ok(error instanceof PolicyError);
    if (error instanceof PolicyError) {
      t.match(error.message, expected);
      t.same(
        error.rules.map(({ rule }) => rule),
        ['ok', 'r'],
      );
      t.match(error.rules[1]!.error, expected.source.startsWith('p') ? /oops/ : expected);
    }
  }
  const [step] = await stepsOf(
    "policy('p', { kind: 'guard' }, onRequest('r', fn('f', () => 'yes'), tag({ a: 'b' })));",
  );
  await t.rejects(
    Promise.resolve(step!.onRequest!(requestContext(), undefined)),
    /fn\("f"\) returned no boolean/,
  );
});

t.test('a verb that no plugin provides is refused at run time too', async (t) => {
  const [step] = await stepsOf(
    "policy('p', { kind: 'guard' }, onRequest('r', true, run(() => cache({ ttl: 1 }))));",
    { capabilities: noCapabilities },
  );
  await t.rejects(
    Promise.resolve(step!.onRequest!(requestContext(), undefined)),
    /cache\(\) needs a plugin that provides it; none in this folder does \(the semantic-cache plugin does: .*\)/,
  );
});

t.test('a raw module is one rule main of a guard named after the file', async (t) => {
  const [step] = await stepsOf(
    `import { deny } from 'sluice';\n\nexport function onRequest(ctx: { request: { model: string } }) { return [deny(403, ctx.request.model)]; }\nexport const route = () => undefined;`,
    { file: '40-hello.policy.ts' },
  );
  t.match(step, { name: 'hello', onFailure: 'closed', hooks: ['onRequest', 'route'] });
  const decision = (await step!.onRequest!(requestContext(), undefined))!;
  t.match(decision, {
    type: 'deny',
    code: 'standard',
    reason: 'hello/main',
    details: { at: '40-hello.policy.ts:3' },
  });
  t.match(await step!.route!(requestContext(), undefined), { type: 'continue' });
});

t.test('a raw module may answer with plain keys', async (t) => {
  const raw = async (body: string) => {
    const [step] = await stepsOf(`export function onRequest() { return ${body}; }`);
    return step!.onRequest!(requestContext(), undefined);
  };
  t.match(await raw("({ deny: { status: 403, code: 'x', message: 'No.' }, tags: { a: 'b' } })"), {
    type: 'deny',
    code: 'x',
    message: 'No.',
    tags: { a: 'b' },
  });
  t.match(await raw("({ headers: { 'x-a': '1' }, cache: { ttl: 60, namespace: 'tenant' } })"), {
    type: 'continue',
    changes: { headers: { 'x-a': '1' } },
  });
  t.match(await raw('({})'), { type: 'continue' });
  await t.rejects(
    raw("({ cache: { ttl: 60, namespace: 'tenant:other' } })"),
    /namespace: expected one of tenant, key, user/,
  );
  await t.rejects(raw("({ deny: { status: 200, code: 'x' } })"), /from 400 to 599/);
  await t.rejects(
    raw('JSON.parse(\'{"__proto__":{"isAdmin":true},"tags":{"a":"1"}}\')'),
    /unknown key "__proto__"/,
  );
  await t.rejects(raw("({ route: 'mini' })"), /use\(\) does nothing in onRequest/);
  t.equal(({} as { isAdmin?: boolean }).isAdmin, undefined);
  const [step] = await stepsOf("export function route() { return { route: 'mini', retry: { max: 1 } }; }");
  t.match(await step!.route!(requestContext(), undefined), {
    byRule: [{ rule: 'main', writes: { target: { to: 'mini' }, retry: { max: 1 } } }],
  });
});
