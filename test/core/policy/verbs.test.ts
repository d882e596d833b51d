import t from 'tap';
import { explainRules } from '../../../core/policy/explain.ts';
import type { RouteWrites } from '../../../sdk/route.ts';
import { answer, attemptContext, requestContext, responseContext } from './_facts.ts';
import { imports, problemsOf, stepsOf } from './_policy.ts';

async function onRequest(...acts: string[]) {
  const rules = acts.map((one, i) => `onRequest('r${i}', true, ${one})`);
  const [step] = await stepsOf(`policy('p', { kind: 'shape' }, ${rules.join(', ')});`);
  return (await step!.onRequest!(requestContext(), undefined))!;
}

async function route(acts: string, user: string | null = null) {
  const [step] = await stepsOf(`policy('p', { kind: 'shape' }, route('r', true, ${acts}));`);
  return (await step!.route!(requestContext({ identity: { user } }), undefined))!;
}

async function writesOf(acts: string): Promise<readonly RouteWrites[]> {
  const decision = await route(acts);
  return decision.type === 'continue' && 'byRule' in decision
    ? decision.byRule!.map(({ writes }) => writes)
    : [];
}

t.test('deny refuses with status and code and names policy, rule and line', async (t) => {
  t.match(await onRequest("deny(403, 'not_yours')"), {
    type: 'deny',
    status: 403,
    code: 'not_yours',
    message: 'Refused by the policy rule p/r0.',
    reason: 'p/r0',
    details: { policy: 'p', rule: 'r0', at: 'test.policy.ts:2' },
  });
  t.match(await onRequest("deny(429, 'slow_down', 'Wait a little.')"), { message: 'Wait a little.' });
});

t.test('deny works in every hook', async (t) => {
  const [step] = await stepsOf(`policy('p', { kind: 'guard' },
    onRequest('a', true, deny(403, 'x')), route('b', true, deny(403, 'x')),
    beforeUpstream('c', true, deny(403, 'x')), afterResponse('d', true, deny(403, 'x')));`);
  t.equal((await step!.onRequest!(requestContext(), undefined))?.type, 'deny');
  t.equal((await step!.route!(requestContext(), undefined))?.type, 'deny');
  t.equal((await step!.beforeUpstream!(attemptContext(), undefined))?.type, 'deny');
  t.equal((await step!.whole!(responseContext(), undefined, answer('x')))?.type, 'deny');
});

t.test('tag adds up over rules, the later one winning', async (t) => {
  t.same((await onRequest("tag({ a: '1', b: '1' })", "tag({ b: '2' })")).tags, { a: '1', b: '2' });
});

t.test('use, fallback, chain, retry and only write their slots', async (t) => {
  t.same(
    await writesOf(
      "use('mini', { override: true }), fallback('a', 'b', 'a'), chain({ sameVendor: true, on: ['timeout'], max: 2 }), retry({ max: 2, budgetMs: 500, ratio: 0.1 })",
    ),
    [
      {
        target: { to: 'mini', override: true },
        fallbacks: ['a', 'b'],
        chain: { on: ['timeout'], sameVendor: true, max: 2 },
        retry: { max: 2, budgetMs: 500, ratio: 0.1 },
      },
    ],
  );
  t.same(await writesOf("only({ region: ['eu'] })"), [{ only: { region: ['eu'] } }]);
});

t.test('a slot that a rule writes twice is written twice, so that the loser is on record', async (t) => {
  t.same(await writesOf("use('mini'), use('frontier')"), [
    { target: { to: 'mini' } },
    { target: { to: 'frontier' } },
  ]);
});

t.test('only of several rules intersects, aliases and targets alike', async (t) => {
  t.match(await onRequest("only({ region: ['eu', 'us'], tier: ['mini'] })", "only({ region: ['eu'] })"), {
    only: { region: ['eu'], tier: ['mini'] },
  });
  t.match(await onRequest("only({ target: ['mini', 'frontier'] })", "only({ target: ['mock/gpt-mini'] })"), {
    only: { target: ['mock/gpt-mini'] },
  });
  const none = await onRequest("only({ region: ['eu'] })", "only({ region: ['us'] })");
  t.same('only' in none ? none.only : null, { region: [] }, 'never widens');
});

t.test('rewrite becomes changes; the lower limit holds and texts are joined', async (t) => {
  const decision = await onRequest(
    "rewrite({ params: { temperature: 0 }, maxTokens: 500, system: { append: 'Be brief.' }, headers: { 'X-A': '1' } })",
    "rewrite({ params: { seed: 1 }, maxTokens: 900, system: { append: 'Be kind.', prepend: 'Hi.' }, headers: { 'x-b': null } })",
  );
  t.same('changes' in decision ? decision.changes : null, {
    params: { temperature: 0, seed: 1 },
    maxOutputTokens: 500,
    system: { prepend: 'Hi.', append: 'Be brief.\nBe kind.' },
    headers: { 'x-a': '1', 'x-b': null },
  });
  const [step] = await stepsOf(
    "policy('p', { kind: 'shape' }, beforeUpstream('r', true, rewrite({ maxTokens: 5 })));",
  );
  t.match(await step!.beforeUpstream!(attemptContext(), undefined), { changes: { maxOutputTokens: 5 } });
});

t.test('what a rule wrote is on its record, without system texts', async (t) => {
  const { rules } = await onRequest("rewrite({ system: { append: 'private words' } }), tag({ a: 'b' })");
  t.same(rules![0]!.wrote, { rewrite: ['system'], tags: { a: 'b' } });
});

t.test('split puts the same user into the same arm, tags it and runs its verbs', async (t) => {
  const acts =
    "split('exp-42', 'user', { control: { share: 90 }, candidate: { share: 10, do: [use('candidate')] } })";
  const grace = await route(acts, 'grace');
  t.same(grace.tags, { 'exp.exp-42': 'candidate' });
  t.same('byRule' in grace ? grace.byRule : null, [{ rule: 'r', writes: { target: { to: 'candidate' } } }]);
  t.same(grace.rules![0]!.wrote, {
    tags: { 'exp.exp-42': 'candidate' },
    split: { salt: 'exp-42', arm: 'candidate', by: 'user' },
    target: 'candidate',
  });
  t.same((await route(acts, 'ada')).tags, { 'exp.exp-42': 'control' });
});

t.test('split falls back from user to key to request, and says so', async (t) => {
  const [step] = await stepsOf(
    "policy('p', { kind: 'shape' }, route('r', true, split('s', 'user', { a: { share: 50 }, b: { share: 50 } })));",
  );
  const by = async (identity: Parameters<typeof requestContext>[0]) => {
    const decision = await step!.route!(requestContext(identity), undefined);
    return (decision!.rules![0]!.wrote as { split: { by: string } }).split.by;
  };
  t.equal(await by({ identity: { user: 'u' } }), 'user');
  t.equal(await by({ identity: { key: { id: 'k', name: '', scopes: [] } } }), 'key');
  t.equal(await by({}), 'request');
});

t.test('split and pick keep their shares within one per cent over 100,000 subjects', async (t) => {
  const [step] = await stepsOf(`policy('p', { kind: 'shape' },
    route('split', true, split('s', 'user', { a: { share: 70 }, b: { share: 25 }, c: { share: 5 }, none: { share: 0 } })),
    route('pick', true, pick([{ to: 'mini', weight: 3 }, { to: 'frontier', weight: 1 }], { by: 'user', salt: 'x' })));`);
  const counts: Record<string, number> = {};
  const draws = 100_000;
  for (let i = 0; i < draws; i++) {
    const decision = step!.route!(requestContext({ identity: { user: `user-${i}` } }), undefined);
    if (decision === undefined || decision instanceof Promise || !('byRule' in decision))
      throw new Error('expected writes');
    const arm = decision.tags!['exp.s']!;
    const to = decision.byRule![0]!.writes.target!.to;
    counts[arm] = (counts[arm] ?? 0) + 1;
    counts[to] = (counts[to] ?? 0) + 1;
  }
  const near = (name: string, share: number) => Math.abs((counts[name] ?? 0) / draws - share) < 0.01;
  t.ok(near('a', 0.7) && near('b', 0.25) && near('c', 0.05), JSON.stringify(counts));
  t.ok(near('mini', 0.75) && near('frontier', 0.25), JSON.stringify(counts));
  t.notOk(counts['none']);
});

t.test('verbs that plugins carry out are part of the record', async (t) => {
  const { rules } = await onRequest(
    "redact('email', { restore: true }), limit({ by: 'key', per: 'minute', requests: 5 }), cache({ ttl: 60, namespace: 'tenant' }), output({ mask: /x/, holdback: 3 })",
  );
  t.same(rules![0]!.wrote, {
    redact: { what: 'email', restore: true },
    limit: { by: 'key', per: 'minute', requests: 5 },
    cache: { ttl: 60, namespace: 'tenant' },
    output: { mask: { source: 'x', flags: '' }, holdback: 3 },
  });
  const shadow = await route("shadow('candidate', { sample: 0.1, maxUsdPerDay: 5 }), cache('bypass')");
  t.same(shadow.rules![0]!.wrote, {
    shadow: { to: 'candidate', sample: 0.1, maxUsdPerDay: 5 },
    cache: { bypass: true },
  });
});

t.test('verbs that plugins carry out are data in the decision, unless the request is denied', async (t) => {
  const rules =
    "onRequest('r', true, limit({ by: 'key', per: 'day', usd: 1 })), onRequest('no', plan('x'), deny(403, 'x'))";
  const [step] = await stepsOf(`policy('p', { kind: 'shape' }, ${rules});`);
  const denied = await step!.onRequest!(requestContext({ identity: { tenant: { plan: 'x' } } }), undefined);
  t.same(denied?.verbs, undefined);
  const decision = await step!.onRequest!(requestContext(), undefined);
  const options = { by: 'key', per: 'day', usd: 1 };
  t.strictSame(decision?.verbs, [
    {
      verb: 'limit',
      options,
      policy: 'p',
      rule: 'r',
      at: 'test.policy.ts:2',
      performer: '90-everything.yaml',
    },
  ]);
  const again = await step!.onRequest!(requestContext(), undefined);
  t.equal(again?.verbs?.[0]?.options, decision?.verbs?.[0]?.options, 'the same options for every request');
});

t.test('a verb that stands in a rule twice is on record twice', async (t) => {
  const [step] = await stepsOf(
    "policy('p', { kind: 'shape' }, onRequest('r', true, limit({ by: 'key', per: 'day', usd: 1 }), limit({ by: 'ip', per: 'minute', requests: 9 })));",
  );
  const decision = await step!.onRequest!(requestContext(), undefined);
  t.same(decision?.rules?.[0]?.wrote, {
    limit: [
      { by: 'key', per: 'day', usd: 1 },
      { by: 'ip', per: 'minute', requests: 9 },
    ],
  });
  t.match(
    explainRules(decision!.rules!).join('\n'),
    'limit(by: key, per: day, usd: 1); limit(by: ip, per: minute, requests: 9)',
  );
});

t.test('a verb that nobody carries out is never ignored in silence', async (t) => {
  const text =
    "policy('p', { kind: 'shape' }, onRequest('r', true, limit({ by: 'key', per: 'day', usd: 1 })));";
  await t.rejects(
    stepsOf(text, { capabilities: { verbs: new Map(), facts: new Set() } }),
    /limit\(\) needs a plugin that provides it/,
  );
});

t.test('wrong arguments are refused where they are written, saying what was expected', async (t) => {
  const wrong: readonly (readonly [hook: string, verb: string, expected: RegExp])[] = [
    ['onRequest', "deny(200, 'x')", /deny\(\) status: expected a whole number from 400 to 599, got 200/],
    ['onRequest', "deny('403', 'x')", /deny\(\) status: expected a number, got "403"/],
    ['onRequest', "deny(403, 'a b')", /deny\(\) code: expected a name of/],
    ['onRequest', "use('mini')", /use\(\) does nothing in onRequest; it belongs in route/],
    [
      'beforeUpstream',
      "only({ region: ['eu'] })",
      /only\(\) does nothing in beforeUpstream; it belongs in onRequest or route/,
    ],
    ['route', 'use()', /use\(\): expected a text, got undefined/],
    [
      'route',
      "use('a', { overide: true })",
      /unknown key "overide"; known: override. Did you mean "override"/,
    ],
    ['route', "pick([{ to: 'a', weight: 0 }])", /weight: expected a number/],
    ['route', "fallback('a','b','c','d','e','f','g','h','i')", /a list of 1 to 8/],
    ['route', 'chain({ on: ["boom"] })', /chain\(\) on\[0\]: expected one of connect, timeout/],
    ['route', 'chain({ max: 0 })', /chain\(\) max: expected a whole number from 1/],
    ['route', 'only({})', /at least one of region, vendor, tier, target/],
    ['route', 'only({ region: [] })', /only\(\) region: expected a list of 1/],
    ['route', 'only({ regions: ["eu"] })', /Did you mean "region"/],
    ['route', "split('s', 'user', { a: { share: 101 } })", /a.share: expected a number from 0 to 100/],
    [
      'route',
      "split('s', 'user', { a: { share: 100, do: [run(() => [])] } })",
      /run\(\) is not allowed here/,
    ],
    [
      'route',
      "split('s', 'user', { a: { share: 100, do: [rewrite({ maxTokens: 1 })] } })",
      /rewrite\(\) does nothing in route/,
    ],
    ['route', 'retry({ max: 6 })', /retry\(\) max: expected a whole number from 0 to 5, got 6/],
    ['onRequest', 'rewrite({})', /at least one of params/],
    ['onRequest', "rewrite({ params: { model: 'x' } })", /model cannot be set here; use\(\) chooses/],
    ['onRequest', 'rewrite({ params: { max_tokens: 1 } })', /use the option maxTokens/],
    ['onRequest', "rewrite({ headers: { Authorization: 'x' } })", /authorization cannot be set by a policy/],
    ['onRequest', "rewrite({ headers: { 'x-a': 'b\\nc: d' } })", /one line of printable ASCII/],
    ['onRequest', "rewrite({ headers: { 'x a': 'b' } })", /is no header name/],
    ['onRequest', 'tag({ a: 1 })', /tag\(\).a: expected a text/],
    ['onRequest', 'tag({})', /1 to 64 keys/],
    ['onRequest', 'tag(JSON.parse(\'{"__proto__":"x"}\'))', /expected 1 to 64 keys, got 0|cannot be a key/],
    ['onRequest', "redact('emails')", /expected one of email/],
    ['onRequest', "redact({ name: 'x' })", /both name and re/],
    ['onRequest', "redact({ name: 'x', re: /(?=a+)/ })", /look-around/],
    ['onRequest', "limit({ by: 'key', per: 'minute' })", /at least one of requests, tokens, usd, concurrent/],
    [
      'onRequest',
      "cache({ ttl: 1, namespace: 'tenant:other' })",
      /namespace: expected one of tenant, key, user/,
    ],
    ['onRequest', "cache('yes')", /an object of options, got "yes"/],
    ['route', "shadow('x', { sample: 2, maxUsdPerDay: 1 })", /sample: expected a number from 0 to 1/],
    ['onRequest', 'output({})', /at least one of block, mask/],
    ['onRequest', "'x'", /expected a verb, got "x"/],
    ['onRequest', 'run(1)', /run\(\): expected a function, got 1/],
  ];
  for (const [hook, verb, expected] of wrong) {
    const problems = await problemsOf(
      `${imports}policy('p', { kind: 'shape' },\n  ${hook}('r', true, ${verb}));`,
    );
    t.match(problems, expected, verb);
    t.match(problems, /^test\.policy\.ts:3:/, `${verb} is reported at its line`);
  }
});
