import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { createApp } from '../../../core/server/app.ts';
import { MasterKey } from '../../../core/server/auth.ts';
import { costRoutes } from '../../../core/server/cost-routes.ts';
import { Secret } from '../../../sdk/secret.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { MemoryLedger } from '../../plugins/ledger/_memory-ledger.ts';
import { anthropicCosts, openAiCosts, openAiUsage } from '../reports/_invoices.ts';
import { callsOf, rowOf } from '../reports/_script.ts';
import { sluice } from './_terminal.ts';

const calls = callsOf('openai', 200);
const rows = calls.map((call) => rowOf(call));
const env = { SLUICE_MASTER_KEY: 'sk-master' };

/** A gateway's costs on a socket. */
async function serve(t: { teardown(run: () => void): unknown }, ledger: MemoryLedger): Promise<string> {
  const clock = new FakeClock(Date.UTC(2026, 0, 20));
  const app = createApp(
    costRoutes({ auth: () => new MasterKey(new Secret('sk-master')), ledger: () => ledger, clock }),
  );
  const server = createServer((req, res) => void app.node(req, res)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

t.test('a report is a table, CSV or JSON', async (t) => {
  const url = await serve(t, new MemoryLedger(rows));
  const ask = (...more: string[]) => sluice('.', ['cost', 'report', '--url', url, ...more], env);
  const table = await ask('--by', 'model,key');
  t.equal(table.code, 0);
  t.match(table.out, /^model +key +requests/);
  t.match(table.out, /^openai\/gpt-4o-2024-08-06 +key_\d +\d+ /m);
  t.match(table.out, /^total +200 /m);
  const json = await ask('--format', 'json', '--since', '2026-01-10', '--until', '2026-01-11');
  t.match(JSON.parse(json.out), { since: '2026-01-10T00:00:00.000Z', groups: [{ tenant: 'acme' }] });
  const csv = await ask('--format', 'csv', '--by', 'day', '--limit', '2');
  t.equal(csv.out.trim().split('\n').length, 3);
  t.match(csv.err, /only the 2 dearest/);
});

t.test('a report that is asked for wrongly is exit code 2, with the gateway\u2019s words', async (t) => {
  const url = await serve(t, new MemoryLedger(rows));
  const ask = (...args: string[]) => sluice('.', ['cost', ...args], env);
  for (const [args, words] of [
    [[], /expected report or reconcile/],
    [['repot'], /came repot/],
    [['report', '--url', url, '--by', 'tenat'], /did you mean "tenant"/],
    [['report', '--url', url, '--since', 'yesterday'], /so long ago/],
    [['report', '--format', 'xml'], /expected table, json, csv; came xml/],
    [['reconcile'], /expected 1 arguments/],
    [['reconcile', 'nothing.csv'], /there is no file nothing\.csv/],
    [['reconcile', 'x.csv', '--max-drift', 'little'], /a percentage such as 5; came little/],
    [['reconcile', 'x.csv', '--key', '=x'], /KEY or KEY=KEY_ID/],
  ] as const) {
    const ran = await ask(...args);
    t.equal(ran.code, 2, args.join(' '));
    t.match(ran.err, words);
  }
  const stranger = await sluice('.', ['cost', 'report', '--url', url], { SLUICE_MASTER_KEY: 'sk-other' });
  t.match(stranger, { code: 1, err: /API key is not known/ });
  t.match(await ask('report', '--url', 'http://127.0.0.1:9'), { code: 1, err: /no gateway answers/ });
});

t.test('an invoice that agrees is exit code 0, for every kind of export', async (t) => {
  const claude = callsOf('claude', 200, 4, 7, 100);
  const ledger = new MemoryLedger([...rows, ...claude.map((call) => rowOf({ ...call, id: `${call.id}c` }))]);
  const url = await serve(t, ledger);
  const cwd = t.testdir({
    'usage.csv': openAiUsage(calls),
    'costs.csv': openAiCosts(calls),
    'claude.csv': anthropicCosts(claude),
  });
  for (const [file, format] of [
    ['usage.csv', 'openai-usage'],
    ['costs.csv', 'openai-costs'],
    ['claude.csv', 'anthropic-costs'],
  ]) {
    const ran = await sluice(cwd, ['cost', 'reconcile', file!, '--url', url], env);
    t.equal(ran.code, 0, ran.out + ran.err);
    t.match(ran.out, new RegExp(`^${format}, 2026-01-10 to 2026-01-13`));
    t.match(ran.out, /drift 0\.00 %, within 5\.00 %/);
  }
});

t.test('an invoice above five percent is exit code 1, with the reasons', async (t) => {
  const url = await serve(t, new MemoryLedger(rows.filter((_, index) => index % 4 !== 0)));
  const cwd = t.testdir({ 'costs.csv': openAiCosts(calls) });
  const ask = (...more: string[]) =>
    sluice(cwd, ['cost', 'reconcile', 'costs.csv', '--url', url, ...more], env);
  const ran = await ask();
  t.equal(ran.code, 1);
  t.match(ran.out, /drift 2\d\.\d\d %, above 5\.00 %/);
  t.match(ran.out, /^missing_usage +\$/m);
  t.match(ran.out, /^2026-01-1\d +gpt-4o +key_\d /m);
  const json = await ask('--format', 'json', '--max-drift', '50');
  t.equal(json.code, 0);
  t.match(JSON.parse(json.out), {
    ok: true,
    format: 'openai-costs',
    providers: ['openai'],
    by_key: true,
    max_drift_share: 0.5,
    drifts: [{ class: 'missing_usage' }],
  });
});

t.test('keys and providers narrow down what is compared', async (t) => {
  const strangers = callsOf('openai', 100, 4, 3).map((call) => ({ ...call, key: 'laptop' }));
  const url = await serve(t, new MemoryLedger(rows.filter(({ key_id }) => key_id === 'key_1')));
  const cwd = t.testdir({ 'costs.csv': openAiCosts([...calls, ...strangers]) });
  const ask = (...more: string[]) =>
    sluice(cwd, ['cost', 'reconcile', 'costs.csv', '--url', url, ...more], env);
  t.equal((await ask()).code, 1);
  t.equal((await ask('--key', 'key_1=key_1', '--provider', 'openai')).code, 0);
  t.match(await ask('--provider', 'azure'), { code: 2, err: /expected a provider with rows/ });
  t.match(await ask('--key', 'nobody'), { code: 2, err: /expected a key of the export/ });
});

t.test('a day with more groups than an answer holds is read in parts', async (t) => {
  const ledger = new MemoryLedger(rows);
  const whole = ledger.rows.bind(ledger);
  let refused = 0;
  // As if there were more groups than fit whenever more than six hours are asked for.
  const sum = ledger.sum.bind(ledger);
  ledger.sum = async (by, filter, limit) => {
    if (by[0] === 'day' && filter.untilMs! - filter.sinceMs! > 6 * 3_600_000) {
      refused += 1;
      throw new RangeError('expected at most 10000 groups');
    }
    return sum(by, filter, limit);
  };
  ledger.rows = whole;
  const url = await serve(t, ledger);
  const cwd = t.testdir({ 'costs.csv': openAiCosts(calls) });
  t.equal((await sluice(cwd, ['cost', 'reconcile', 'costs.csv', '--url', url], env)).code, 0);
  t.ok(refused > 3);
});

t.test('a file that is no export says what would be one', async (t) => {
  const cwd = t.testdir({ 'x.csv': 'date,cost\n2026-01-01,3\n' });
  t.match(await sluice(cwd, ['cost', 'reconcile', 'x.csv'], env), {
    code: 2,
    err: /x\.csv: expected one of these exports/,
  });
});
