import t from 'tap';
import { consoleGateway } from './_console.ts';

const header =
  "import { all, content, deny, fn, has, model, onRequest, policy, route, tag, tagged, tenant, tokensIn, use } from 'sluice';\n";
const policyOf = (rules: string, name = 'p') =>
  `${header}export const ${name} = policy('${name}', { kind: 'shape' }, ${rules});\n`;
const live = { '10-p.policy.ts': policyOf("onRequest('long', tokensIn.gt(4000), tag({ size: 'long' }))") };

interface Impact {
  readonly compared: number;
  readonly unknown: number;
  readonly changed: number;
  readonly groups: readonly {
    readonly what: string;
    readonly count: number;
    readonly examples: readonly string[];
  }[];
  readonly not_compared: readonly string[];
}

async function withTraffic(
  t: Parameters<typeof consoleGateway>[0],
  files: Readonly<Record<string, string>> = live,
) {
  const c = await consoleGateway(t, { files });
  for (const tenant of ['a', 'b', 'a']) await c.chat({}, { 'x-tenant-id': tenant });
  await c.chat({ messages: [{ role: 'user', content: 'x'.repeat(20_000) }] }, { 'x-tenant-id': 'b' });
  const impact = async (draft: Readonly<Record<string, string>>, more: object = {}): Promise<Impact> => {
    const posted = Object.entries(draft).map(([name, text]) => ({ name, text }));
    const answer = await c.post('/policies/impact', { files: posted, ...more });
    return answer.json as never as Impact;
  };
  return { ...c, impact };
}

t.test('a draft that changes nothing changes no request', async (t) => {
  const { impact } = await withTraffic(t);
  t.match(await impact(live), { compared: 4, unknown: 0, changed: 0, groups: [], not_compared: [] });
});

t.test('what a draft refuses, tags and routes otherwise is counted, with examples', async (t) => {
  const { impact, get } = await withTraffic(t);
  const ids = (await get('/traffic?tenant=a')).json.rows.map(({ request_id }) => request_id);
  const denied = await impact({
    ...live,
    '20-q.policy.ts': policyOf("onRequest('no-a', tenant('a'), deny(403, 'no_a'))", 'q'),
  });
  t.match(denied, { compared: 4, unknown: 0, changed: 2 });
  const verdict = denied.groups.find(({ what }) => what.startsWith('verdict'));
  t.match(verdict, { what: 'verdict: allowed → 403 no_a', count: 2 });
  t.strictSame(verdict?.examples, ids);
  const routed = await impact({
    ...live,
    '20-q.policy.ts': policyOf("route('to', model('test'), use('other'))", 'q'),
  });
  t.match(routed, { changed: 4, groups: [{ what: 'targets: up/model → up/other', count: 4 }] });
  t.match(
    await impact(
      { ...live, '20-q.policy.ts': policyOf("route('to', model('test'), use('other'))", 'q') },
      { last: 1 },
    ),
    { compared: 1 },
  );
});

t.test('what rules saw of a request is known, and what nobody noted is not', async (t) => {
  const { impact } = await withTraffic(t);
  const shorter = await impact({
    '10-p.policy.ts': policyOf("onRequest('long', tokensIn.gt(9000), tag({ size: 'long' }))"),
  });
  t.match(shorter, {
    compared: 4,
    unknown: 0,
    changed: 1,
    groups: [{ what: 'tags: size=long → none', count: 1 }],
  });
  const drafts = [
    "onRequest('x', content(/x/), deny(403, 'x'))",
    "onRequest('x', has('tools'), deny(403, 'x'))",
    "onRequest('x', fn('f', (c) => c.request.lastUser === 'x'), deny(403, 'x'))",
  ];
  for (const rules of drafts) {
    t.match(
      await impact({ ...live, '20-q.policy.ts': policyOf(rules, 'q') }),
      { compared: 0, unknown: 4, changed: 0 },
      rules,
    );
  }
  const some = await impact({
    ...live,
    '20-q.policy.ts': policyOf("onRequest('x', all(tenant('a'), content(/x/)), deny(403, 'x'))", 'q'),
  });
  t.match(some, { compared: 2, unknown: 2 }, 'only where the question is asked');
});

t.test('what depends on an unknown tag of another file is unknown', async (t) => {
  const topic = {
    '05-t.policy.ts': policyOf("onRequest('t', content(/refund/), tag({ topic: 'refund' }))", 't'),
  };
  const { impact } = await withTraffic(t, { ...topic, ...live });
  const next = policyOf("onRequest('x', tagged('topic', 'refund'), deny(403, 'x'))", 'q');
  t.match(await impact({ ...topic, ...live, '20-q.policy.ts': next }), { compared: 0, unknown: 4 });
  const other = policyOf("onRequest('x', tenant('nobody'), deny(403, 'x'))", 'q');
  t.match(await impact({ ...topic, ...live, '20-q.policy.ts': other }), {
    compared: 4,
    unknown: 0,
    changed: 0,
  });
});

t.test(
  'plugin files that differ are named, a draft that does not load is refused, runs of drafts do not count',
  async (t) => {
    const { impact, post } = await withTraffic(t);
    t.strictSame((await impact({ ...live, '00-ledger.yaml': 'plugin: ledger\n' })).not_compared, [
      '00-ledger.yaml',
    ]);
    const broken = await post('/policies/impact', { files: [{ name: 'x.policy.ts', text: 'x y' }] });
    t.match([broken.status, broken.json.error.code], [422, 'policy_invalid']);
    t.equal((await post('/policies/impact', { files: [], last: 0 })).status, 400);
    const files = Object.entries(live).map(([name, text]) => ({ name, text }));
    const body = { model: 'test', messages: [{ role: 'user', content: 'Hi' }] };
    await post('/run', { files, api: '/v1/chat/completions', body });
    t.match(await impact(live), { compared: 4 });
  },
);
