import t from 'tap';
import { chatEvents } from '../../sdk/testing/upstream.ts';
import { consoleGateway, eventsOf, master } from './_console.ts';

const tagged = (value: string) => `import { model, onRequest, policy, tag } from 'sluice';
export const p = policy('p', { kind: 'shape' }, onRequest('all', model('*'), tag({ lane: '${value}' })));
`;
const ledger = 'plugin: ledger\nprices: { "*": { input: $1.00, output: $2.00 } }\n';
const files = { '00-ledger.yaml': ledger, '10-p.policy.ts': tagged('live') };
const draft = [
  { name: '00-ledger.yaml', text: ledger },
  { name: '10-p.policy.ts', text: tagged('draft') },
];
const api = '/v1/chat/completions';
const body = { model: 'test', messages: [{ role: 'user', content: 'Hi' }] };
const auth = { authorization: `Bearer ${master}` };

interface Record {
  readonly requestId: string;
  readonly policyVersion: string;
  readonly tags: Readonly<{ [name: string]: string }>;
  readonly steps: readonly unknown[];
}

t.test('a request past a draft is a real one, told piece by piece and booked', async (t) => {
  const { gateway, post, get, send } = await consoleGateway(t, { files });
  const live = gateway.program.version;
  const run = await post('/run', { files: draft, api, body });
  t.equal(run.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const events = eventsOf(run.text);
  t.match(events, [
    { event: 'head', data: { status: 200, headers: { 'content-type': /json/ } } },
    { event: 'chunk', data: { text: /"choices"/, t_ms: Number } },
    { event: 'record', data: { tags: { lane: 'draft', draft: 'true' }, outcome: 'complete' } },
  ]);
  const record = events.at(-1)!.data as Record;
  t.not(record.policyVersion, live);
  t.equal(gateway.program.version, live);
  t.match((await get('/traffic')).json.rows, [{ request_id: record.requestId, draft: true }]);
  const rows = await send('GET', `/spend/logs?request_id=${record.requestId}`, auth);
  t.match(rows.json, [{ spend: Number, metadata: { status_code: 200 } }]);
});

t.test('a stream comes as it is made', async (t) => {
  const { post, upstream } = await consoleGateway(t, { files });
  upstream.reply({ sse: chatEvents(['Grüß', ' Gott']) });
  const run = await post('/run', { files: draft, api, body: { ...body, stream: true } });
  const events = eventsOf(run.text);
  t.match(events[0], { event: 'head', data: { headers: { 'content-type': /event-stream/ } } });
  const text = events
    .filter(({ event }) => event === 'chunk')
    .map(({ data }) => (data as { text: string }).text)
    .join('');
  t.match(text, 'Grüß');
  t.match(text, /data: \[DONE\]\n\n$/);
  t.equal(events.at(-1)!.event, 'record');
});

t.test('limits hold for a draft as for everybody, and a key may be tried', async (t) => {
  const keys = { ...files, '10-keys.yaml': 'plugin: keys\n', '20-limits.yaml': 'plugin: token-limiter\n' };
  const { post, send } = await consoleGateway(t, { files: keys });
  const all = [
    ...draft,
    { name: '10-keys.yaml', text: keys['10-keys.yaml'] },
    { name: '20-limits.yaml', text: keys['20-limits.yaml'] },
  ];
  const made = await send(
    'POST',
    '/key/generate',
    { ...auth, 'content-type': 'application/json' },
    { max_budget: 0 },
  );
  const { key } = made.json as never as { key: string };
  const poor = await post('/run', { files: all, api, body, headers: { Authorization: `Bearer ${key}` } });
  t.match(eventsOf(poor.text), [
    { event: 'head', data: { status: 402 } },
    { event: 'chunk', data: { text: /budget_exceeded/ } },
    { event: 'record' },
  ]);
  const unknown = await post('/run', {
    files: all,
    api,
    body,
    headers: { authorization: 'Bearer sk-nobody' },
  });
  t.match(eventsOf(unknown.text)[0], { event: 'head', data: { status: 401 } });
  t.match(eventsOf((await post('/run', { files: all, api, body })).text)[0], {
    event: 'head',
    data: { status: 200 },
  });
});

t.test('what cannot be sent is refused before anything runs', async (t) => {
  const { post, upstream } = await consoleGateway(t, { files });
  const refused = [
    { api: '/v1/nothing', body },
    { api, body: 'text' },
    { api, body, headers: { 'bad name': 'x' } },
    { api, body, headers: { x: 'a\r\nb: c' } },
    { api, body, headers: [] },
  ];
  for (const one of refused) t.equal((await post('/run', { files: draft, ...one })).status, 400);
  const broken = await post('/run', { files: [{ name: '10-p.policy.ts', text: 'x y' }], api, body });
  t.equal(broken.status, 422);
  t.match(broken.json, { error: { code: 'policy_invalid' }, problems: [{ file: '10-p.policy.ts' }] });
  t.equal(upstream.calls.length, 0);
  const invalid = await post('/run', { files: draft, api, body: { model: 5 } });
  t.match(eventsOf(invalid.text), [{ event: 'head', data: { status: 400 } }, { event: 'chunk' }]);
});

t.test(
  'four run at once, each program is closed when its request is over, and a reader that leaves ends its own',
  async (t) => {
    const { gateway, raw, cookie, csrf, upstream, log } = await consoleGateway(t, { files });
    const streams = Array.from({ length: 4 }, () => upstream.open());
    const headers = { cookie, 'x-sluice-csrf': csrf, 'content-type': 'application/json' };
    const start = () =>
      raw('POST', '/playground/api/run', headers, { files: draft, api, body: { ...body, stream: true } });
    const running = await Promise.all(Array.from({ length: 4 }, start));
    t.strictSame(
      running.map(({ status }) => status),
      [200, 200, 200, 200],
    );
    while (upstream.calls.length < 4) await new Promise((resolve) => setImmediate(resolve));
    const fifth = await start();
    t.equal(fifth.status, 429);
    await fifth.text();
    t.equal(gateway.status().inFlight, 4);
    await Promise.all(running.map(({ body: answer }) => answer?.cancel()));
    while (gateway.status().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    t.equal(streams.length, 4);
    let next = await start();
    while (next.status === 429) {
      await next.text();
      next = await start();
    }
    t.equal(next.status, 200, 'there is room again');
    await next.body?.cancel();
    t.strictSame(
      log.lines.filter(({ level }) => level === 'error'),
      [],
    );
  },
);
