import t from 'tap';
import type { Answer } from '../../../sdk/chunk.ts';
import type { LeafTrace, RuleTrace } from '../../../sdk/trace.ts';
import { answer, attemptContext, type Given, requestContext, responseContext, target } from './_facts.ts';
import { imports, problemsOf, stepsOf } from './_policy.ts';

/** The one leaf of a rule that has this predicate, in the hook that has its facts. */
async function ask(predicate: string, given: Given = {}): Promise<LeafTrace> {
  const [step] = await stepsOf(
    `policy('p', { kind: 'shape' }, onRequest('r', ${predicate}, tag({ a: 'b' })));`,
  );
  const decision = await step!.onRequest!(requestContext(given), undefined);
  return decision!.rules![0]!.leaves.at(-1)!;
}

/** `[predicate, given, what it saw, result]`, one case each. */
type Row = readonly [predicate: string, given: Given, saw: unknown, result: boolean];

const at = (iso: string): Given => ({ ctx: { arrivedAtMs: Date.parse(iso) } });
const acme: Given = {
  identity: { tenant: { id: 'acme-1', plan: 'free', region: 'eu', labels: { team: 'x' } } },
};

const rows: readonly Row[] = [
  ["tenant('acme-*')", acme, 'acme-1', true],
  ["tenant('acme', 'other')", acme, 'acme-1', false],
  ["plan('pro', 'free')", acme, 'free', true],
  ["plan('pro')", acme, 'free', false],
  ["region('eu')", acme, 'eu', true],
  ["key('k-*')", { identity: { key: { id: 'k-1', name: '', scopes: [] } } }, 'k-1', true],
  ["key('k-*')", {}, 'none', false],
  ["user('ada')", { identity: { user: 'ada' } }, 'ada', true],
  ["user('*')", {}, null, false],
  ["feature('chat*')", { identity: { feature: 'chat-web' } }, 'chat-web', true],
  ["model('front*')", { view: { model: 'frontier' } }, 'frontier', true],
  ["model('mini')", { view: { model: 'frontier' } }, 'frontier', false],
  ["tier('frontier')", { view: { model: 'frontier' } }, 'frontier', true],
  ["tier('mini', 'standard')", { view: { model: 'frontier' } }, 'frontier', false],
  ["api('messages', 'chat')", {}, 'chat', true],
  ["header('X-Beta')", { ctx: { headers: { 'x-beta': 'on' } } }, 'on', true],
  ["header('x-beta')", {}, null, false],
  ["header('constructor')", {}, null, false],
  ["header('x-beta', 'off')", { ctx: { headers: { 'x-beta': 'on' } } }, 'on', false],
  ["header('x-beta', /^o/)", { ctx: { headers: { 'x-beta': 'on' } } }, 'on', true],
  ["label('team')", acme, 'x', true],
  ["label('team', 'y', 'x')", acme, 'x', true],
  ["label('team', 'y')", acme, 'x', false],
  ["label('constructor')", acme, null, false],
  ["tagged('lane')", { ctx: { tags: { lane: 'hard' } } }, 'hard', true],
  ["tagged('lane', 'easy', 'hard')", { ctx: { tags: { lane: 'hard' } } }, 'hard', true],
  ["tagged('lane', 'easy')", { ctx: { tags: { lane: 'hard' } } }, 'hard', false],
  ["tagged('lane')", {}, null, false],
  ["tagged('constructor')", {}, null, false],
  ['content(/HELLO/i)', {}, { chars: 5 }, true],
  ['content(/x+y/)', {}, { chars: 5 }, false],
  ["has('tools')", { view: { tools: ['f'] } }, ['tools'], true],
  ["has('images', 'json')", { view: { wantsJson: true } }, ['json'], true],
  ["has('stream', 'system', 'images')", {}, [], false],
  ["hours('09:00', '17:30', { tz: 'UTC' })", at('2026-03-04T10:30:00Z'), 'wed 10:30', true],
  ["hours('09:00', '10:30', { tz: 'UTC' })", at('2026-03-04T10:30:00Z'), 'wed 10:30', false],
  ["hours('09:00', '17:30', { tz: 'America/New_York' })", at('2026-03-04T10:30:00Z'), 'wed 05:30', false],
  ["hours('09:00', '17:30', { tz: 'UTC', days: ['sat'] })", at('2026-03-04T10:30:00Z'), 'wed 10:30', false],
  ["hours('22:00', '06:00', { tz: 'UTC', days: ['tue'] })", at('2026-03-04T05:59:00Z'), 'wed 05:59', true],
  ["hours('22:00', '06:00', { tz: 'UTC', days: ['wed'] })", at('2026-03-04T05:59:00Z'), 'wed 05:59', false],
  ["hours('22:00', '24:00', { tz: 'UTC' })", at('2026-03-04T23:59:00Z'), 'wed 23:59', true],
  ['tokensIn.gt(10)', {}, 10, false],
  ['tokensIn.gte(10)', {}, 10, true],
  ['tokensIn.lt(10)', {}, 10, false],
  ['tokensIn.lte(10)', {}, 10, true],
  ['tokensIn.between(10, 20)', {}, 10, true],
  ["param('temperature').gt(0.5)", { view: { params: { temperature: 0.7 } } }, 0.7, true],
  ["param('temperature').lt(0.5)", {}, null, false],
  ["param('temperature').lt(5)", { view: { params: { temperature: '0' } } }, null, false],
  ["budget('day').used.gte(0.8)", {}, 0, false],
  ["budget('day', 'key').usd.lt(1)", {}, 0, true],
];

for (const [predicate, given, saw, result] of rows) {
  t.test(`${predicate} sees ${JSON.stringify(saw)} and is ${result}`, async (t) => {
    const leaf = await ask(predicate, given);
    t.same(leaf.saw, saw);
    t.equal(leaf.result, result);
  });
}

t.test('ab holds for about its share of the subjects, always the same ones', async (t) => {
  const [step] = await stepsOf(
    "policy('p', { kind: 'shape' }, onRequest('r', ab(30, { by: 'user', salt: 's' }), tag({ a: 'b' })));",
  );
  const draw = async (user: string) => {
    const decision = await step!.onRequest!(requestContext({ identity: { user } }), undefined);
    return decision!.rules![0]!.matched;
  };
  let hits = 0;
  for (let i = 0; i < 2000; i++) if (await draw(`u${i}`)) hits += 1;
  t.ok(Math.abs(hits / 2000 - 0.3) < 0.03, `${hits} of 2000`);
  t.equal(await draw('u7'), await draw('u7'));
});

t.test('budget reads what the ledger says for the one it is asked for', async (t) => {
  const asked: string[] = [];
  const [step] = await stepsOf(
    "policy('p', { kind: 'shape' }, onRequest('r', budget('day', 'key').used.gte(0.8), tag({ a: 'b' })));",
    {
      budget(_, period, by) {
        asked.push(`${period} ${by}`);
        return { usd: 9, limit: 10, used: 0.9 };
      },
    },
  );
  const decision = await step!.onRequest!(requestContext(), undefined);
  t.same(decision!.rules![0]!.leaves, [
    { leaf: 'budget.used.gte', args: ['day', 'key', 0.8], saw: 0.9, result: true },
  ]);
  t.same(asked, ['day key']);
});

t.test('content looks at the roles it is told to', async (t) => {
  const view = {
    lastUser: 'second question',
    messages: [
      { role: 'system', text: 'be nice', images: 0 },
      { role: 'user', text: 'first question', images: 0 },
      { role: 'assistant', text: 'an answer', images: 0 },
      { role: 'user', text: 'second question', images: 0 },
    ],
  } as const;
  t.ok((await ask('content(/nice/)', { view })).result, 'every message by default');
  t.notOk((await ask("content(/nice/, { roles: ['user'] })", { view })).result);
  t.ok((await ask("content(/first/, { roles: ['user'] })", { view })).result);
  t.notOk((await ask('content(/first/, { last: true })', { view })).result);
  t.ok((await ask('content(/second/, { last: true })', { view })).result);
  t.ok((await ask("content(/answer/, { last: true, roles: ['assistant'] })", { view })).result);
  t.notOk((await ask("content(/./, { roles: ['tool'] })", { view })).result);
  t.ok((await ask('content(/^second/)', { view })).result, 'each message is a text of its own');
});

t.test('content scans no more than maxChars and says so, without showing the text', async (t) => {
  const view = { lastUser: `${'x'.repeat(50)}secret`, messages: [] };
  const leaf = await ask('content(/secret/, { last: true, maxChars: 50 })', { view });
  t.same(leaf.saw, { chars: 50, of: 56 });
  t.notOk(leaf.result);
  t.notMatch(JSON.stringify(leaf.saw), /secret|xxx/);
});

async function rulesAfter(
  predicates: readonly string[],
  ctx: ReturnType<typeof responseContext>,
  text: Answer,
): Promise<readonly RuleTrace[]> {
  const rules = predicates.map((one, i) => `afterResponse('r${i}', ${one}, tag({ a: 'b' }))`);
  const [step] = await stepsOf(`policy('p', { kind: 'shape' }, ${rules.join(',')});`, {
    costUsd: () => 0.25,
  });
  const decision = await step!.observe!(ctx, undefined)!.conclude!(text);
  return decision?.rules ?? [];
}

t.test('up predicates see the target of the attempt', async (t) => {
  const predicates = [
    "up.target('mini')",
    "up.target('mock/gpt-mini')",
    "up.target('frontier')",
    "up.vendor('mock')",
    "up.tier('mini')",
    "up.region('us')",
    'up.attempt.gte(2)',
  ];
  const rules = predicates.map((one, i) => `beforeUpstream('r${i}', ${one}, tag({ a: 'b' }))`);
  const [step] = await stepsOf(`policy('p', { kind: 'shape' }, ${rules.join(',')});`);
  const ctx = attemptContext({ target: target('mock/gpt-mini', { tier: 'mini', region: 'us' }), attempt: 2 });
  const decision = await step!.beforeUpstream!(ctx, undefined);
  t.same(
    decision!.rules!.map(({ leaves: [leaf] }) => [leaf!.saw, leaf!.result]),
    [
      ['mock/gpt-mini', true],
      ['mock/gpt-mini', true],
      ['mock/gpt-mini', false],
      ['mock', true],
      ['mini', true],
      ['us', true],
      [2, true],
    ],
  );
});

t.test('resp predicates see the finished answer', async (t) => {
  const predicates = [
    'resp.status(200, 201)',
    'resp.content(/Paris/)',
    "resp.finish('stop')",
    'resp.cached()',
    'resp.tokensOut.gt(19)',
    'resp.usd.gte(0.25)',
    'resp.ms.lt(100)',
    "all(up.tier('standard'), resp.cached())",
  ];
  const found = await rulesAfter(predicates, responseContext(), answer('Paris it is'));
  t.same(
    found.map(({ leaves }) => [leaves.at(-1)!.saw, leaves.at(-1)!.result]),
    [
      [200, true],
      [{ chars: 11 }, true],
      ['stop', true],
      [false, false],
      [20, true],
      [0.25, true],
      [120, false],
      [false, false],
    ],
  );
});

t.test('every choice of an answer is looked at', async (t) => {
  const choice = { reasoning: '', refusal: '', toolCalls: [], finish: 'stop' } as const;
  const two = answer('', {
    choices: [
      { ...choice, text: 'fine' },
      { ...choice, text: 'bad' },
    ],
  });
  const [rule] = await rulesAfter(['resp.content(/bad/)'], responseContext(), two);
  t.ok(rule!.matched);
});

t.test('a cached answer has a target with empty names', async (t) => {
  const found = await rulesAfter(
    ["up.region('eu')", 'resp.cached()'],
    responseContext({ target: null, cached: true }),
    answer('x'),
  );
  t.same(
    found.map(({ matched }) => matched),
    [false, true],
  );
});

t.test('all, any and not join predicates and stop as soon as the result is known', async (t) => {
  const [step] = await stepsOf(`policy('p', { kind: 'shape' },
    onRequest('all', all(plan('x'), tokensIn.gt(1)), tag({ a: 'b' })),
    onRequest('any', any(tokensIn.gt(1), plan('x')), tag({ a: 'b' })),
    onRequest('not', not(plan('x')), tag({ a: 'b' })),
    onRequest('always', true, tag({ a: 'b' })));`);
  const { rules } = (await step!.onRequest!(requestContext(), undefined))!;
  t.same(
    rules!.map(({ matched, leaves }) => [matched, leaves.length]),
    [
      [false, 1],
      [true, 1],
      [true, 1],
      [true, 0],
    ],
  );
});

t.test('fn runs code with the facts of its hook', async (t) => {
  const text = `policy('p', { kind: 'shape' },
    onRequest('r', fn('long name', (c) => c.request.lastUser.length === 5 && c.up === null), tag({ a: 'b' })));`;
  const [step] = await stepsOf(text);
  const decision = await step!.onRequest!(requestContext(), undefined);
  t.same(decision!.rules![0]!.leaves, [{ leaf: 'fn', args: ['long name'], saw: null, result: true }]);
  t.equal(decision!.rules![0]!.fuel, 7);
});

t.test('wrong arguments are refused where they are written, saying what was expected', async (t) => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["tier('frontierr')", /tier\(\): expected one of mini, standard, frontier, got "frontierr"/],
    ['plan()', /plan\(\): expected at least one text/],
    ['plan(1)', /plan\(\): expected a text, got 1/],
    ["content('x')", /content\(\): expected a regular expression such as \/refund\/i, got "x"/],
    ['content(/x/y)', /the flag y is not supported/],
    ['content(/(?=x+)/)', /look-around/],
    ['content(/x/, { lst: true })', /unknown key "lst"; known: roles, last, maxChars. Did you mean "last"\?/],
    ["content(/x/, { roles: ['bot'] })", /expected one of system, user/],
    ['content(/x/, { maxChars: 0 })', /maxChars: expected a whole number from 1/],
    ["hours('9', '10:00', { tz: 'UTC' })", /a time of day such as 09:30, got "9"/],
    ["hours('09:00', '09:00', { tz: 'UTC' })", /two different times/],
    ["hours('09:00', '10:00', { tz: 'Berlin' })", /a time zone such as Europe\/Berlin/],
    ["hours('09:00', '10:00', { tz: 'UTC', days: ['monday'] })", /days\[0\]: expected one of sun, mon/],
    ["ab(101, { by: 'user', salt: 's' })", /from 0 to 100/],
    ["ab(10, { by: 'users', salt: 's' })", /ab\(\) by: expected one of .* Did you mean "user"/],
    ["tokensIn.gt('1')", /tokensIn.gt\(\): expected a number, got "1"/],
    ['tokensIn.between(5, 1)', /the smaller number first/],
    ['tokensIn', /compare the number with .gt/],
    ["budget('week').used.gt(1)", /expected one of minute, hour, day, month/],
    ["api('chats')", /expected one of chat/],
    ["has('tool')", /expected one of tools/],
    ['all()', /all\(\): expected at least one predicate/],
    ['not(1)', /expected a predicate, got 1/],
    ["fn('x', true)", /expected a function, got true/],
    ["up.tier('mini')", /reads facts that this hook does not have yet; move the rule to beforeUpstream/],
    ['resp.cached()', /move the rule to afterResponse/],
    ["'yes'", /onRequest\("r"\) predicate: expected a predicate, got "yes"/],
  ];
  for (const [predicate, expected] of wrong) {
    const source = `${imports}policy('p', { kind: 'shape' },\n  onRequest('r', ${predicate}, tag({ a: 'b' })));`;
    const problems = await problemsOf(source);
    t.match(problems, expected, predicate);
    t.match(problems, /^test\.policy\.ts:3:/, `${predicate} is reported at its line`);
  }
});
