import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { CombinedMetrics } from '../../../core/cluster/combined-metrics.ts';
import { BoundedValues } from '../../../core/telemetry/bounded.ts';
import { chatEvents, chatReply, testGateway } from '../../../core/testing.ts';

const config = `
providers:
  up:    { kind: openai, base_url: http://up.test/v1, api_key: sk-canary-up, vendor: one }
  other: { kind: openai, base_url: http://other.test/v1, api_key: sk-canary-other, vendor: two }
models: { test: [up/a, other/b] }
`;
const policies = {
  '00-ledger.yaml': 'plugin: ledger\nprices: { "*": { input: $1000, output: $2000 } }\n',
  '20-limits.yaml': 'plugin: token-limiter\nlimits: [{ by: global, per: minute, requests: 4 }]\n',
  '30-fallback.yaml': 'plugin: fallback\nretry: { max: 0 }\nbreaker: { consecutive: 1 }\n',
};

/** Values of a metric by its labels, without those that are histograms' buckets. */
function read(text: string, name: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match?.[1] === name) found[(match[2] ?? '').replaceAll('"', '')] = Number(match[3]);
  }
  return found;
}

t.test('requests, attempts, tokens, money, breakers and limits are told, and no secret is', async (t) => {
  const { chat, get, upstream, clock, close } = await testGateway({ config, policies, data: t.testdir() });
  t.teardown(close);
  upstream.reply(chatReply('fine'), { status: 500, json: {} }, chatReply('from the other'));
  await (await chat('a secret question')).text();
  await (await chat('Hi')).text();
  upstream.reply({ sse: chatEvents(['Hi']).slice(0, 1), failure: { kind: 'cut', message: 'cut' } });
  await (await chat('Hi', { stream: true })).text();
  await (await chat('Hi', { model: 'other/named-by-a-client' })).text();
  t.equal((await chat('Hi')).status, 429);

  const response = await get('/metrics');
  t.match(response.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  t.match(read(text, 'sluice_requests_total'), {
    'api=chat,alias=test,provider=up,status=200,outcome=complete,stream=false': 1,
    'api=chat,alias=test,provider=other,status=200,outcome=complete,stream=false': 1,
    'api=chat,alias=test,provider=other,status=200,outcome=interrupted,stream=true': 1,
    'api=chat,alias=other,provider=other,status=200,outcome=complete,stream=false': 1,
    'api=chat,alias=test,provider=none,status=429,outcome=denied,stream=false': 1,
  });
  t.match(read(text, 'sluice_attempts_total'), {
    'target=up/a,provider=up,failure=none': 1,
    'target=up/a,provider=up,failure=server_error': 1,
    'target=other/b,provider=other,failure=none': 1,
    'target=other/b,provider=other,failure=cut': 1,
  });
  t.match(read(text, 'sluice_fallbacks_total'), { 'alias=test,kind=cross-vendor': Number });
  t.match(read(text, 'sluice_limits_fired_total'), { 'tenant=default,code=rate_limit_exceeded': 1 });
  t.match(read(text, 'sluice_breaker_state'), { 'target=up/a': 2 });
  const usd = read(text, 'sluice_cost_usd_total');
  await clock.advance(1000);
  const report = (await (await get('/cost/report?by=tenant')).json()) as { total: { cost_usd: number } };
  const sum = Object.values(usd).reduce((all, one) => all + one, 0);
  t.ok(Math.abs(sum - report.total.cost_usd) < 1e-9, 'the same as the ledger');
  t.notMatch(text, /canary|secret question/);
});

t.test('the page of metrics lists what is told, that of plugins, too', async (t) => {
  const { get, close } = await testGateway({
    config: `${config}stores: { vectors: memory }\n`,
    policies: { '50-cache.yaml': 'plugin: semantic-cache' },
  });
  t.teardown(close);
  const workers = { ready: 1, starting: 0, draining: 0, crashes: 0, restarts: 0 };
  const text = `${await (await get('/metrics')).text()}${await new CombinedMetrics().text(new Map(), workers)}`;
  const told = [...text.matchAll(/^# TYPE (sluice_\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  const page = readFileSync(new URL('../../../docs/reference/metrics.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `(sluice_\w+)` \| (\w+) \|/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  );
  t.strictSame(told.sort(), listed.sort());
});

const skip = spawnSync('promtool', ['--version']).error !== undefined && 'promtool is not installed';

t.test('Prometheus finds nothing to complain of', { skip }, async (t) => {
  const { chat, get, close } = await testGateway({ config, policies, data: t.testdir() });
  t.teardown(close);
  await (await chat('Hi')).text();
  const text = await (await get('/metrics')).text();
  t.equal(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' }), '');
});

t.test('metrics that are turned off are not there', async (t) => {
  const { get, close } = await testGateway({
    config: `${config}telemetry: { metrics: false }\n`,
    policies: {},
  });
  t.teardown(close);
  t.equal((await get('/metrics')).status, 404);
});

t.test('values beyond the room for them are counted as other', async (t) => {
  const values = new BoundedValues(2);
  t.strictSame(
    ['a', 'b', 'c', 'a', 'd'].map((value) => values.of(value)),
    ['a', 'b', 'other', 'a', 'other'],
  );
});
