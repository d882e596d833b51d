import t from 'tap';
import { runOne, stage } from './_stage.ts';

const policies = {
  '10-p.policy.ts': `import { all, any, beforeUpstream, content, deny, fallback, fn, hours, not, onRequest, policy, plan, rewrite, route, tag, tokensIn, up, use } from 'sluice';
export const guard = policy('guard', { kind: 'guard' },
  onRequest('no-free', all(plan('free'), tokensIn.gt(10)), deny(403, 'too_long', 'Shorten it to 10 tokens.')),
  onRequest('polite', true, rewrite({ system: { prepend: 'Be polite.' } })),
  beforeUpstream('no-alt', all(plan('solo'), up.target('alt/*')), deny(451, 'no_alt')));
export const shape = policy('shape', { kind: 'shape' },
  route('hard', content(/prove/i), use('frontier'), tag({ lane: 'hard' })),
  route('night', hours('22:00', '06:00', { tz: 'UTC' }), use('mini')),
  route('odd', fn('dice', () => Math.random() >= 0), tag({ odd: 'yes' })));
`,
};
const offline = stage(policies);
t.teardown(async () => (await offline).close());

/** Each expectation with a value that holds and one that does not, and what is said about the latter. */
const expectations: readonly (readonly [given: string, holds: string, fails: string, said: RegExp])[] = [
  [
    'tenant: { plan: free }, request: { tokensIn: 11 }',
    'deny: { status: 403, code: too_long }',
    'deny: { status: 429 }',
    /^deny\.status: expected 429, got 403$/,
  ],
  [
    'tenant: { plan: free }, request: { tokensIn: 11 }',
    'deny: true',
    'deny: false',
    /^deny: expected no denial, got a denial 403 too_long$/,
  ],
  [
    'tenant: { plan: free }, request: { tokensIn: 11 }',
    'deny: { message: { contains: Shorten } }',
    'deny: { message: Other }',
    /deny\.message/,
  ],
  [
    'tenant: { plan: free }, request: { tokensIn: 11 }',
    'deny: { code: too_long }',
    'deny: { code: too_short }',
    /^deny\.code: expected "too_short", got "too_long"$/,
  ],
  [
    'tenant: { plan: free }, request: { tokensIn: 11 }',
    'reason: guard/no-free',
    'reason: guard/polite',
    /^reason: expected "guard\/polite", got guard\/no-free$/,
  ],
  [
    'tenant: { plan: free }, request: { tokensIn: 10 }',
    'deny: false',
    'deny: true',
    /^deny: expected a denial, got complete with status 200$/,
  ],
  [
    'request: { lastUser: Prove it }',
    'rules: [shape/hard]',
    'rules: [shape/night]',
    /^rules: expected shape\/night to match, got .*shape\/hard/,
  ],
  [
    'request: { lastUser: Prove it }',
    'not_rules: [shape/night]',
    'not_rules: [shape/hard]',
    /^not_rules: expected shape\/hard not to match/,
  ],
  [
    'request: { lastUser: Prove it }',
    'target: up/large',
    'target: up/mini',
    /^target: expected "up\/mini", got "up\/large"$/,
  ],
  ['request: { lastUser: Prove it }', 'model: large', 'model: mini', /^model: expected "mini", got "large"$/],
  [
    'request: { lastUser: Prove it }',
    'tags: { lane: hard, other: null }',
    'tags: { lane: easy, odd: null }',
    /^tags\.lane: expected "easy", got "hard"$/,
  ],
  [
    'upstream: [{ fail: timeout }, { text: Hi }]',
    'attempts: 2',
    'attempts: 1',
    /^attempts: expected 1, got 2$/,
  ],
  [
    'request: { lastUser: Prove it }, now: "2026-01-31T23:00:00Z"',
    'lost: [mini]',
    'lost: [frontier]',
    /^lost: expected "frontier", got mini of shape\/night$/,
  ],
  [
    'request: { lastUser: Prove it }, now: "2026-01-31T23:00:00Z"',
    'lost: [shape/night]',
    'lost: [shape/hard]',
    /^lost/,
  ],
  [
    'request: { lastUser: Hi }',
    'upstream_text: Hi',
    'upstream_text: Ho',
    /^upstream_text: expected "Ho", got "Hi"$/,
  ],
  [
    'request: { lastUser: Hi }',
    'upstream: { model: model, messages: [{ role: system, content: Be polite. }, { content: Hi }] }',
    'upstream: { messages: [{ content: Be rude. }, {}] }',
    /^upstream\.messages\[0\]\.content: expected "Be rude\.", got "Be polite\."$/,
  ],
  [
    'request: { lastUser: Hi }',
    'upstream: { messages: [{}, {}] }',
    'upstream: { messages: [{}], seed: 1 }',
    /^upstream\.messages: expected 1 items, got 2$/,
  ],
  [
    'upstream: [{ text: Hello }]',
    'response_text: { contains: ell }',
    'response_text: { contains: xyz }',
    /^response_text: expected a text with "xyz", got "Hello"$/,
  ],
  [
    'upstream: [{ text: Hello }]',
    'response_text: { matches: "^H[a-z]+$" }',
    'response_text: { matches: "^h" }',
    /a text that matches/,
  ],
  [
    'upstream: [{ text: Hello }]',
    'response_text: { not_contains: xyz }',
    'response_text: { not_contains: ell }',
    /a text without "ell"/,
  ],
  [
    'upstream: [{ status: 400, json: { error: { message: no } } }]',
    'status: 400',
    'status: 200',
    /^status: expected 200, got 400$/,
  ],
  [
    'request: { model: mini }',
    'headers: { X-Gateway-Model-Alias: mini, x-nothing: null }',
    'headers: { x-gateway-model-alias: test }',
    /^headers\.x-gateway-model-alias/,
  ],
];

for (const [given, holds, fails, said] of expectations) {
  t.test(`given ${given}: ${holds} holds, ${fails} does not`, async (t) => {
    const good = await runOne(await offline, `given: { ${given} }, expect: { ${holds} }`);
    t.strictSame([good.status, good.notes], ['pass', []]);
    const bad = await runOne(await offline, `given: { ${given} }, expect: { ${fails} }`);
    t.equal(bad.status, 'fail');
    t.match(bad.notes[0], said);
  });
}

t.test('a provider that fails is no denial', async (t) => {
  const upstream = 'upstream: [{ fail: server_error }, { fail: server_error }]';
  const { status, run } = await runOne(await offline, `given: { ${upstream} }, expect: { deny: false }`);
  t.strictSame([status, run!.trace.outcome], ['pass', 'failed']);
});

t.test('every scripted failure reaches the router under its name', async (t) => {
  for (const kind of [
    'timeout',
    'connect',
    'rate_limit',
    'server_error',
    'overloaded',
    'context_length',
    'content_filter',
  ]) {
    const { run } = await runOne(
      await offline,
      `given: { upstream: [{ fail: ${kind} }] }, expect: { status: 200 }`,
    );
    t.equal(run!.trace.attempts[0]!.failure, kind);
  }
});

t.test('a stream is answered in the pieces of the script, and a tool call as one', async (t) => {
  const streamed = await runOne(
    await offline,
    'given: { request: { stream: true }, upstream: [{ chunks: [Hel, lo] }] }, expect: { response_text: Hello }',
  );
  t.equal(streamed.status, 'pass');
  const texts = streamed.run!.response.body.match(/"content":"[^"]+"/g);
  t.strictSame(texts, ['"content":"Hel"', '"content":"lo"']);
  const tool = await runOne(
    await offline,
    'given: { upstream: [{ tool: { name: weather, arguments: { city: Oslo } } }] }, expect: { status: 200 }',
  );
  t.match(JSON.parse(tool.run!.response.body), {
    choices: [
      {
        finish_reason: 'tool_calls',
        message: { tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Oslo"}' } }] },
      },
    ],
  });
});

t.test('what the facts say is what the policies see', async (t) => {
  const { run } = await runOne(
    await offline,
    `given: {
      tags: { before: given }, seed: 7, ip: 10.0.0.1,
      request: { system: Short., messages: [a, { role: assistant, text: b }], lastUser: c, tools: [x], images: 1, json: true, params: { seed: 1 }, headers: { X-Own: y } }
    }, expect: { tags: { before: given } }`,
  );
  t.equal(run!.trace.requestId, 'req_7');
  t.notOk(run!.trace.steps.some(({ name }) => name === 'given'));
  t.match(run!.calls[0]!.record.json, {
    model: 'model',
    seed: 1,
    response_format: { type: 'json_object' },
    tools: [{ type: 'function', function: { name: 'x' } }],
    messages: [
      { role: 'system', content: /Short/ },
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: [{ type: 'text', text: 'c' }, { type: 'image_url' }] },
    ],
  });
});

t.test('text completions and embeddings are asked in their own form', async (t) => {
  for (const [api, field] of [
    ['completions', 'prompt'],
    ['embeddings', 'input'],
  ]) {
    const { status, notes, run } = await runOne(
      await offline,
      `given: { request: { api: ${api}, lastUser: Hi } }, expect: { status: 200, upstream_text: { contains: Hi } }`,
    );
    t.strictSame([api, status, notes], [api, 'pass', []]);
    t.match((run!.calls[0]!.record.json as Record<string, unknown>)[field!], /Hi$/);
  }
});

t.test('a case that cannot be run is an error, not a failure', async (t) => {
  const errors: readonly (readonly [string, RegExp])[] = [
    ['given: { now: tomorrow }, expect: { status: 200 }', /given\.now: expected a time.*"tomorrow"/],
    [
      'given: { budget: { dai: { used: 1 } } }, expect: { status: 200 }',
      /given\.budget\.dai: expected one of minute/,
    ],
    ['expect: { not_rules: [shape/hardd] }', /expect\.not_rules: no policy.*did you mean "shape\/hard"\?/],
    [
      'given: { request: { body: { temperature: hot, messages: 1 } } }, expect: { status: 200 }',
      /refused before any policy sees it: 400/,
    ],
    ['expect: { response_text: { matches: "(" } }', /refused/],
  ];
  for (const [text, said] of errors) {
    const { status, notes, run } = await runOne(await offline, text);
    t.equal(status, 'error', text);
    t.match(notes[0], said);
    t.equal(run, null);
  }
});

t.test('a request that does not come to an end is an error, in bounded time', async (t) => {
  // The provider asks for a wait, and no time passes in a case.
  const waiting = await stage({
    '10-r.policy.ts': `import { policy, retry, route } from 'sluice';
export const r = policy('r', { kind: 'shape' }, route('again', true, retry({ max: 1 })));`,
  });
  t.teardown(() => waiting.close());
  const { runSituation } = await import('../../../core/policy-test/run.ts');
  const { situationOf } = await import('../../../core/policy-test/situation.ts');
  const json = {
    error: { message: 'Rate limit reached. Please try again in 3s.', code: 'rate_limit_exceeded' },
  };
  const situation = situationOf(
    { request: { model: 'mini' }, upstream: [{ status: 429, json }] },
    waiting.setup.services.models,
  );
  await t.rejects(runSituation(situation, waiting, 50), { message: /did not come to an end within 50 ms/ });
});

t.test(
  'code in a policy draws the same random numbers for the same seed, and cases leave no trace on the program',
  async (t) => {
    const text = 'given: { seed: abc }, expect: { tags: { odd: "yes" } }';
    const first = await runOne(await offline, text);
    const second = await runOne(await offline, text);
    t.strictSame([first.status, second.status], ['pass', 'pass']);
    t.equal((await offline).setup.services.health.of('up/model').successes, 0);
  },
);
