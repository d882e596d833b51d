import t from 'tap';
import { consoleGateway, eventsOf, master } from './_console.ts';

const ledger = { '00-ledger.yaml': 'plugin: ledger\nprices: { "*": { input: $1.00, output: $2.00 } }\n' };
const auth = { authorization: `Bearer ${master}` };

t.test('the last requests are listed, filtered and paged', async (t) => {
  const { chat, get } = await consoleGateway(t, { files: ledger });
  for (const tenant of ['a', 'b', 'a']) await chat({}, { 'x-tenant-id': tenant });
  await chat({ model: 'nobody' });
  const all = (await get('/traffic')).json;
  t.equal(all.rows.length, 4);
  t.match(all.rows[0], { alias: 'nobody', status: 404, error_code: 'model_not_found', at: /^2026-01-01T/ });
  t.match(all.rows[1], {
    tenant: 'a',
    status: 200,
    provider: 'up',
    cost_nano_usd: Number,
    input_tokens: Number,
  });
  t.equal((await get('/traffic?tenant=a')).json.rows.length, 2);
  const first = (await get('/traffic?limit=3')).json;
  const second = (await get(`/traffic?limit=3&before=${first.next}`)).json;
  t.strictSame([...first.rows, ...second.rows], all.rows);
  t.equal(second.next, null);
  t.equal((await get('/traffic?limit=0')).status, 400);
  t.equal((await get('/traffic?tenent=a')).status, 400);
});

t.test('requests are told while they happen, until the session ends', async (t) => {
  const { chat, raw, cookie, clock } = await consoleGateway(t);
  await chat();
  const answer = await raw('GET', '/playground/api/traffic/tail?tenant=a', { cookie });
  t.equal(answer.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (pattern: RegExp) => {
    while (!pattern.test(text)) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`the stream ended: ${text}`);
      text += value;
    }
  };
  await until(/listening/);
  await chat({}, { 'x-tenant-id': 'a' });
  await chat({}, { 'x-tenant-id': 'b' });
  await clock.advance(250);
  await until(/event: rows\ndata: .*\n\n/);
  t.match(eventsOf(text), [{ event: 'rows', data: [{ tenant: 'a' }] }]);
  await clock.advance(8 * 3_600_000);
  let ended = false;
  while (!ended) ended = (await reader.read()).done;
  t.pass('it ends with the session');
});

t.test('a gateway that stops ends the tails', async (t) => {
  const { gateway, raw, cookie } = await consoleGateway(t);
  const answer = await raw('GET', '/playground/api/traffic/tail', { cookie });
  const text = answer.text();
  await gateway.drain({ delay: false });
  t.match(await text, /listening/);
});

t.test('spending is what the cost report says, and counts are those of the requests', async (t) => {
  const { chat, get, send, clock } = await consoleGateway(t, { files: ledger });
  for (const tenant of ['a', 'b', 'b']) await chat({}, { 'x-tenant-id': tenant });
  await chat({ model: 'nobody' });
  // Rows are found by their time, and the report has an end.
  await clock.advance(10);
  const overview = (await get('/overview?window=1h')).json;
  const report = (await send('GET', '/cost/report?by=tenant&since=1h', auth)).json;
  t.ok(report.total.cost_nano_usd > 0);
  t.equal(overview.totals.cost_nano_usd, report.total.cost_nano_usd);
  t.strictSame(
    overview.spend_today.map(({ tenant, cost_nano_usd }) => [tenant, cost_nano_usd]),
    report.groups.map(({ tenant, cost_nano_usd }) => [tenant, cost_nano_usd]),
  );
  t.match(overview, {
    window_s: 3600,
    bucket_s: 60,
    totals: {
      requests: 4,
      errors: 1,
      cache_hit_ratio: null,
      cache_wrong_bound: null,
      rate_limited_ratio: 0,
      fallback_ratio: 0,
    },
    errors_by_provider: [{ provider: 'up', attempts: 3, errors: 0 }],
    breakers: [{ id: 'up/model', state: 'closed' }],
    in_flight: 0,
  });
  await chat();
  t.equal((await get('/overview?window=1h')).json.totals.requests, 4, 'kept for a moment, for all tabs');
  await clock.advance(2000);
  t.equal((await get('/overview?window=1h')).json.totals.requests, 5);
  for (const window of ['10s', '25h', 'x'])
    t.equal((await get(`/overview?window=${window}`)).status, 400, window);
});

t.test(
  'a program without a ledger has numbers all the same, and gets no database by being looked at',
  async (t) => {
    const { chat, get } = await consoleGateway(t);
    await chat();
    t.match((await get('/overview')).json, {
      totals: { requests: 1, rate_limited_ratio: 0 },
      spend_today: [],
    });
  },
);

t.test('providers say how they are and never their keys', async (t) => {
  const { chat, get, upstream } = await consoleGateway(t);
  await chat();
  upstream.reply({ status: 500, json: { error: { message: 'x' } } });
  await chat();
  const answer = await get('/providers');
  t.match(answer.json, {
    providers: [
      {
        name: 'up',
        kind: 'openai',
        keys: 1,
        state: 'degraded',
        attempts: 2,
        errors: 1,
        targets: [{ id: 'up/model' }, { id: 'up/other', state: 'unknown' }],
      },
    ],
  });
  t.notMatch(answer.text, 'sk-up');
  t.notMatch(answer.text, 'upstream.test');
});

t.test('an editor is told the names and the language', async (t) => {
  const { chat, get } = await consoleGateway(t, {
    files: { '10-keys.yaml': 'plugin: keys\nrequired: false\ntenants: { acme: {} }\n' },
  });
  await chat({}, { 'x-tenant-id': 'seen' });
  const answer = await get('/registry');
  t.match(answer.json, {
    config_version: /^[\da-f]{12}$/,
    aliases: [{ name: 'test', targets: [{ id: 'up/model' }] }, { name: 'other' }],
    providers: [{ name: 'up', kind: 'openai' }],
    language: /declare module 'sluice'/,
    registry: /\| "test"\n[\s\S]*\| "up\/model"/,
  });
  t.match((answer.json as never as { tenants: string[] }).tenants, ['acme', 'seen']);
  t.notMatch(answer.text, 'sk-up');
});
