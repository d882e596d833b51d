import { createHash } from 'node:crypto';
import t from 'tap';
import { createApp } from '../../../core/server/app.ts';
import { MasterKey } from '../../../core/server/auth.ts';
import { costRoutes } from '../../../core/server/cost-routes.ts';
import { hashUser } from '../../../core/server/identity.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { Ledger, LedgerRow } from '../../../sdk/ledger.ts';
import { Secret } from '../../../sdk/secret.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { MemoryLedger } from '../../plugins/ledger/_memory-ledger.ts';
import { callsOf, rowOf } from '../reports/_script.ts';

const clock = new FakeClock(Date.UTC(2026, 0, 20));
const key = 'sk-master';

/** The routes over a ledger. */
function serve(ledger: Ledger) {
  const app = createApp(
    costRoutes({ auth: () => new MasterKey(new Secret(key)), ledger: () => ledger, clock }),
  );
  const get = (path: string, credential = key) =>
    app.request(
      new Request(`http://gateway.test${path}`, { headers: { authorization: `Bearer ${credential}` } }),
    );
  const json = async (path: string): Promise<never> => (await get(path)).json() as Promise<never>;
  return { get, json };
}

const rows = callsOf('openai', 250).map((call) => rowOf(call));
const total = (some: readonly LedgerRow[]) => some.reduce((sum, row) => sum + row.cost_usd.totalNanoUsd, 0);

t.test('both are for the master key alone, and are administration', async (t) => {
  const routes = costRoutes({ auth: () => new MasterKey(null), ledger: () => new MemoryLedger(), clock });
  t.strictSame(
    routes.map(({ method, path, access }) => [method, path, access]),
    [
      ['GET', '/cost/report', 'admin'],
      ['GET', '/spend/logs', 'admin'],
    ],
  );
  const { get } = serve(new MemoryLedger(rows));
  for (const path of ['/cost/report', '/spend/logs']) {
    for (const wrong of ['sk-other', '']) {
      const answer = await get(path, wrong);
      t.equal(answer.status, 401);
      t.notMatch(await answer.text(), 'cost_usd');
    }
  }
});

t.test('a report is a JSON document whose groups sum to its total', async (t) => {
  const { get } = serve(new MemoryLedger(rows));
  const answer = await get('/cost/report?by=key,model&since=2026-01-10&until=2026-01-15');
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  t.equal(answer.headers.get('cache-control'), 'no-store');
  const report = (await answer.json()) as {
    groups: { cost_nano_usd: number; cost_usd: number; key: string; requests: number }[];
    total: object;
  };
  t.match(report, {
    by: ['key', 'model'],
    since: '2026-01-10T00:00:00.000Z',
    until: '2026-01-15T00:00:00.000Z',
    total: { requests: 250, cost_nano_usd: total(rows) },
    more: false,
    forgotten_rows: 0,
  });
  t.equal(report.groups.length, 6);
  t.equal(
    report.groups.reduce((sum, group) => sum + group.cost_nano_usd, 0),
    total(rows),
  );
  t.ok(report.groups.every((group) => Math.round(group.cost_usd * 1e9) === group.cost_nano_usd));
});

t.test('without a question it is the last thirty days by tenant', async (t) => {
  const { json } = serve(
    new MemoryLedger([
      ...rows,
      rowOf(callsOf('openai', 1)[0]!, {
        event_id: 'old',
        request_id: 'old',
        timestamp: '2025-11-01T00:00:00.000Z',
      }),
    ]),
  );
  t.match(await json('/cost/report'), {
    by: ['tenant'],
    since: '2025-12-21T00:00:00.000Z',
    until: '2026-01-20T00:00:00.000Z',
    groups: [{ tenant: 'acme', requests: 250 }],
  });
});

t.test('a report comes as CSV and as a table too', async (t) => {
  const { get } = serve(new MemoryLedger(rows));
  const csv = await get('/cost/report?by=day&format=csv');
  t.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8');
  t.equal((await csv.text()).trim().split('\n').length, 5);
  const table = await get('/cost/report?by=day&format=table');
  t.equal(table.headers.get('content-type'), 'text/plain; charset=utf-8');
  t.match(await table.text(), /^day +requests/);
});

t.test('a long report leaves in pieces and arrives whole', async (t) => {
  const many = Array.from({ length: 3_000 }, (_, index) =>
    rowOf({ ...callsOf('openai', 1)[0]!, id: `req_${index}` }, { tenant_id: `tenant_${index}` }),
  );
  const { json, get } = serve(new MemoryLedger(many));
  t.equal(((await json('/cost/report?limit=5000')) as { groups: unknown[] }).groups.length, 3_000);
  t.equal((await (await get('/cost/report?limit=5000&format=csv')).text()).split('\n').length, 3_002);
  t.match(await json('/cost/report?limit=10'), { more: true, total: { requests: 3_000 } });
});

t.test('what is not understood is a 400 that names the parameter', async (t) => {
  const { get } = serve(new MemoryLedger(rows));
  for (const [query, param, message] of [
    ['by=tenat', 'by', 'did you mean \\"tenant\\"?'],
    ['sinec=7d', 'sinec', 'did you mean \\"since\\"?'],
    ['since=yesterday', 'since', 'so long ago'],
    ['format=xml', 'format', 'json or csv or table'],
    ['limit=0', 'limit', 'from 1 to 10000'],
    ['limit=1e3', 'limit', 'from 1 to 10000'],
    ['since=2026-01-02&until=2026-01-01', 'until', 'after since'],
  ]) {
    const answer = await get(`/cost/report?${query}`);
    t.equal(answer.status, 400, query!);
    const text = await answer.text();
    t.ok(text.includes(message!), text);
    t.match(JSON.parse(text), { error: { code: 'invalid_request', param } });
  }
});

t.test('a ledger that is down is a 503, a sum that no number holds a 400', async (t) => {
  const down = new MemoryLedger();
  down.sum = async () => {
    throw new GatewayError('store_unavailable', 'Expected the ledger to make a report; it is down.');
  };
  t.equal((await serve(down).get('/cost/report')).status, 503);
  const large = new MemoryLedger();
  large.sum = async () => {
    throw new RangeError('expected cost up to 9007199254740991; came more');
  };
  t.equal((await serve(large).get('/cost/report')).status, 400);
});

t.test('spend logs are rows under the names of LiteLLM, the newest first', async (t) => {
  const { json } = serve(new MemoryLedger(rows));
  const logs = (await json('/spend/logs?page_size=1000')) as Record<string, unknown>[];
  t.equal(logs.length, 250);
  const newest = rows.toSorted((a, b) => (a.timestamp < b.timestamp ? 1 : -1))[0]!;
  t.match(logs[0], {
    request_id: newest.request_id,
    call_type: 'acompletion',
    api_key: newest.key_id,
    spend: newest.cost_usd.totalNanoUsd / 1e9,
    total_tokens: newest.usage.total_tokens,
    prompt_tokens: newest.usage.input_tokens,
    completion_tokens: newest.usage.output_tokens,
    startTime: new Date(Date.parse(newest.timestamp) - 851).toISOString(),
    endTime: newest.timestamp,
    model: newest.model_resolved!.split('/')[1],
    model_group: 'smart',
    custom_llm_provider: 'openai',
    team_id: 'acme',
    cache_hit: 'False',
    status: 'success',
    metadata: { price_table_version: '2026-01-01', cache_read_input_tokens: newest.usage.cache_read_tokens },
  });
  for (const name of [
    'completionStartTime',
    'model_id',
    'api_base',
    'user',
    'end_user',
    'cache_key',
    'request_tags',
    'requester_ip_address',
    'session_id',
    'messages',
    'response',
    'proxy_server_request',
    'mcp_namespaced_tool_name',
  ]) {
    t.ok(Object.hasOwn(logs[0]!, name), name);
  }
});

t.test('spend logs are filtered by request, key, user and days, and come in pages', async (t) => {
  const user = hashUser('mary@example.com');
  const hash = createHash('sha256').update('sk-secret').digest('hex');
  const some = rows.map((row, index) => ({
    ...row,
    user_id_hash: index % 5 === 0 ? user : null,
    key_id: index % 10 === 0 ? hash : row.key_id,
  }));
  const { json } = serve(new MemoryLedger(some));
  const ids = async (query: string) =>
    ((await json(`/spend/logs?${query}`)) as { request_id: string }[]).map(({ request_id }) => request_id);
  t.strictSame(await ids('request_id=req_0007'), ['req_0007']);
  t.strictSame(await ids('request_id=nobody'), []);
  t.equal((await ids('api_key=sk-secret')).length, 25, 'by the key itself');
  t.equal((await ids(`api_key=${hash}`)).length, 25, 'by its hash');
  t.equal((await ids('user_id=mary@example.com')).length, 50);
  t.equal((await ids(`user_id=${user}&api_key=${hash}`)).length, 25);
  const all = await ids('page_size=250');
  const pages = [];
  for (const page of [1, 2, 3, 4]) pages.push(...(await ids(`page=${page}&page_size=80`)));
  t.strictSame(pages, all);
  const users = await ids('user_id=mary@example.com&page_size=50');
  t.strictSame(
    [
      ...(await ids('user_id=mary@example.com&page_size=20')),
      ...(await ids('user_id=mary@example.com&page_size=20&page=2')),
      ...(await ids('user_id=mary@example.com&page_size=20&page=3')),
    ],
    users,
  );
  const day = await ids('start_date=2026-01-11&end_date=2026-01-11&summarize=false&page_size=1000');
  t.strictSame(
    day.toSorted(),
    some
      .filter(({ timestamp }) => timestamp.startsWith('2026-01-11'))
      .map(({ request_id }) => request_id)
      .toSorted(),
    'the last day counts',
  );
});

t.test('with two dates they are days, as LiteLLM sums them up', async (t) => {
  const { json } = serve(new MemoryLedger(rows));
  const days = (await json('/spend/logs?start_date=2026-01-10&end_date=2026-01-15%2000:00:00')) as {
    startTime: string;
    spend: number;
    models: Record<string, number>;
    key_1?: number;
  }[];
  t.strictSame(
    days.map(({ startTime }) => startTime),
    ['10', '11', '12', '13', '14', '15'].map((day) => `2026-01-${day}`),
  );
  const nano = (usd: number) => Math.round(usd * 1e9);
  t.equal(
    days.reduce((sum, { spend }) => sum + nano(spend), 0),
    total(rows),
  );
  for (const day of days.slice(0, 4)) {
    const models = Object.values(day.models).reduce((sum, spend) => sum + nano(spend), 0);
    t.equal(models, nano(day.spend));
    t.ok(day.key_1! > 0);
  }
  t.match(days[5], { spend: 0, users: {}, models: {} });
});

t.test('spend logs refuse what they do not understand', async (t) => {
  const { get } = serve(new MemoryLedger(rows));
  for (const query of [
    'start_date=soon',
    'start_date=2026-01-02&end_date=2026-01-01',
    'start_date=2020-01-01&end_date=2026-01-01',
    'page=0',
    'page_size=5000',
    'summarize=maybe',
    'team_id=acme',
  ]) {
    t.equal((await get(`/spend/logs?${query}`)).status, 400, query);
  }
});
