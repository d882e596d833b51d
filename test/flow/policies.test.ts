import t from 'tap';
import { chatReply, testGateway } from '../../core/testing.ts';

const twoModels = `
providers: { up: { kind: openai, base_url: http://up.test/v1 } }
models:
  test: up/small
  big: { targets: [{ target: up/big, tier: frontier }] }
`;

const routing = `import { any, content, deny, fn, has, onRequest, policy, rewrite, route, run, tag, tokensIn, use } from 'sluice';
export const house = policy('house', { kind: 'guard' },
  onRequest('no-poems', content(/\\bpoem\\b/i, { last: true }), deny(403, 'no_poems')),
  onRequest('calm', true, rewrite({ params: { temperature: 0 } })),
  route('big', any(tokensIn.gt(4000), has('tools')), use('big'), tag({ lane: 'big' })),
);
`;

t.test(
  'a declarative policy denies, rewrites and routes, and the trace says which rule, line and values',
  async (t) => {
    const { chat, upstream, trace, close } = await testGateway({
      config: twoModels,
      policies: { '10-house.policy.ts': routing },
    });
    t.teardown(close);

    const denied = await chat('A poem, please');
    t.equal(denied.status, 403);
    t.match(await denied.json(), { error: { code: 'no_poems', message: /house\/no-poems/ } });
    t.equal(denied.headers.get('x-sluice-denied-by'), 'house/no-poems');
    t.match(trace(denied).steps[0], {
      hook: 'onRequest',
      file: '10-house.policy.ts',
      decision: 'deny',
      rules: [{ policy: 'house', rule: 'no-poems', at: '10-house.policy.ts:3', matched: true }],
    });

    const plain = await chat('Hello');
    await plain.text();
    t.match(upstream.calls[0]!.json, { model: 'small', temperature: 0 });

    const long = await chat('x'.repeat(20_000));
    await long.text();
    t.match(upstream.calls[1]!.json, { model: 'big' });
    t.equal(long.headers.get('x-gateway-model-resolved'), 'up/big');
    const rule = trace(long).steps.find((step) => step.hook === 'route')!.rules![0]!;
    t.match(rule, { rule: 'big', matched: true, wrote: { target: 'big', tags: { lane: 'big' } } });
    t.match(rule.leaves[0], { leaf: 'tokensIn.gt', args: [4000], result: true });
    t.ok((rule.leaves[0]!.saw as number) > 4000);
    t.match(trace(long).tags, { lane: 'big' });
  },
);

t.test(
  'code in a policy runs in the sandbox, sees the facts, and its failures follow the kind of the policy',
  async (t) => {
    const code = (kind: string) => `import { deny, fn, onRequest, policy, run, tag } from 'sluice';
export const code = policy('code', { kind: '${kind}' },
  onRequest('asks', fn('short', (c) => c.request.lastUser.length < 5), tag({ short: 'yes' })),
  onRequest('runs', true, run((c) => {
    if (c.request.lastUser === 'loop') for (;;) {}
    if (c.request.lastUser === 'throw') throw new Error('oops');
    if (c.request.lastUser === 'nonsense') return { nonsense: true };
    return c.tenant.id === 'blocked' ? [deny(402, 'unpaid', 'Pay first.')] : [tag({ tenant: c.tenant.id, used: String(c.budget.day.used) })];
  })),
);
`;
    for (const kind of ['guard', 'shape']) {
      const { chat, trace, close } = await testGateway({ policies: { '10-code.policy.ts': code(kind) } });
      const ok = await chat('Hi', {}, { 'x-tenant-id': 'acme' });
      await ok.text();
      t.match(trace(ok).tags, { short: 'yes', tenant: 'acme', used: '0' });
      const blocked = await chat('Hello', {}, { 'x-tenant-id': 'blocked' });
      t.equal(blocked.status, 402);
      t.match(await blocked.json(), { error: { code: 'unpaid', message: 'Pay first.' } });
      for (const bad of ['loop', 'throw', 'nonsense']) {
        const response = await chat(bad);
        t.equal(response.status, kind === 'guard' ? 503 : 200, `${kind} ${bad}`);
        const text = await response.text();
        if (kind === 'guard') t.match(text, /policy_error/);
        t.match(trace(response).steps[0], {
          decision: 'error',
          rules: [{ rule: 'asks' }, { rule: 'runs', error: /./ }],
        });
      }
      await (await chat('Hi again')).text();
      await close();
    }
  },
);

t.test('a raw module is one rule', async (t) => {
  const { chat, close } = await testGateway({
    policies: {
      '10-raw.policy.js':
        "import { deny } from 'sluice';\nexport function onRequest(ctx) { return ctx.request.lastUser === 'no' ? [deny(403, 'raw_no')] : undefined; }\n",
    },
  });
  t.teardown(close);
  t.equal((await chat('yes')).status, 200);
  const denied = await chat('no');
  t.equal(denied.status, 403);
  t.match(await denied.json(), { error: { code: 'raw_no' } });
});

t.test('rules after the answer may tag it or refuse it', async (t) => {
  const { chat, upstream, trace, close } = await testGateway({
    policies: {
      '10-tag.policy.ts': `import { afterResponse, policy, resp, tag } from 'sluice';
export const tagger = policy('tagger', { kind: 'shape' }, afterResponse('long', resp.tokensOut.gt(2), tag({ long: 'yes' })));
`,
      '20-stop.policy.ts': `import { afterResponse, deny, policy, resp } from 'sluice';
export const stopper = policy('stopper', { kind: 'guard' }, afterResponse('secret', resp.content(/secret/i), deny(502, 'leak')));
`,
    },
  });
  t.teardown(close);
  upstream.reply(chatReply('All fine'), chatReply('The Secret is 42'));
  const fine = await chat('Hi');
  t.match(await fine.json(), { choices: [{ message: { content: 'All fine' } }] });
  t.match(
    trace(fine).steps.find((step) => step.name === 'tagger' && step.rules !== undefined),
    {
      hook: 'afterResponse',
      wrote: { tags: { long: 'yes' } },
    },
  );
  const leak = await chat('Hi');
  t.equal(leak.status, 502);
  t.notMatch(await leak.text(), /42/);
});

t.test('a mistake in the folder is refused at load with file, line and the nearest name', async (t) => {
  const load = (files: Record<string, string>) => testGateway({ config: twoModels, policies: files });
  const cases: [string, Record<string, string>, RegExp][] = [
    ['syntax', { '10-a.policy.ts': 'export const x = ;\n' }, /10-a\.policy\.ts:1:\d+: error/],
    [
      'unknown target',
      {
        '10-a.policy.ts':
          "import { policy, route, use } from 'sluice';\n\nexport const p = policy('p', { kind: 'shape' },\n  route('r', true, use('bog')));\n",
      },
      /10-a\.policy\.ts:4:.*"bog".*"big"/,
    ],
    [
      'unknown hook',
      { '10-a.policy.ts': 'export function onRequset() {}\n' },
      /10-a\.policy\.ts:1:.*onRequset.*onRequest/,
    ],
    [
      'a verb without its plugin',
      {
        '10-a.policy.ts':
          "import { limit, onRequest, policy } from 'sluice';\nexport const p = policy('p', { kind: 'guard' },\n  onRequest('r', true, limit({ by: 'key', per: 'minute', requests: 5 })));\n",
      },
      /10-a\.policy\.ts:3:.*limit.*plugin/,
    ],
    [
      'an import from elsewhere',
      { '10-a.policy.ts': "import fs from 'node:fs';\nexport const x = fs;\n" },
      /10-a\.policy\.ts.*node:fs/,
    ],
    ['unknown plugin', { '10-a.yaml': 'plugin: acces-log\n' }, /10-a\.yaml:1:.*acces-log.*access-log/],
    [
      'unknown key',
      { '10-a.yaml': 'plugin: access-log\ntimout_ms: 5\n' },
      /10-a\.yaml:2:.*timout_ms.*timeout_ms/,
    ],
    ['a file of no kind', { '10-a.policy.py': 'x' }, /10-a\.policy\.py/],
    ['an endless loop', { '10-a.policy.ts': 'for (;;) {}\n' }, /10-a\.policy\.ts/],
  ];
  for (const [name, files, message] of cases) await t.rejects(load(files), { message }, name);
});
