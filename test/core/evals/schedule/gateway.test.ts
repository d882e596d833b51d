import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { chatReply, type TestGateway, testGateway } from '../../../../core/testing.ts';

const suite = `
providers: [test]
prompts: ["{{question}}"]
tests:
  - { description: refunds, vars: { question: refund? }, assert: [{ type: icontains, value: five }] }
`;
const admin = { authorization: 'Bearer sk-master-0123456789' };

async function start(t: Test, data: string, more = ''): Promise<TestGateway> {
  const gateway = await testGateway({
    config: `
server: { port: 0 }
auth: { master_key: sk-master-0123456789 }
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
models:
  test: up/model
  other: up/other
evals:
  - { suite: ${join(data, 'support.yaml')}, every: 1m${more} }
`,
    data,
    policies: {
      '00-ledger.yaml': 'plugin: ledger\nprices: { "*": { input: $1000, output: $2000 } }\n',
      '10-keys.yaml': 'plugin: keys\n',
      '20-limits.yaml': 'plugin: token-limiter\n',
      '50-cache.yaml': 'plugin: semantic-cache\n',
    },
  });
  t.teardown(() => gateway.close());
  return gateway;
}

/** Waits until something is so: files and databases take real time, of which the gateway's clock knows nothing. */
async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 5000; tries++) {
    if (await is()) return;
    await sleep(5);
  }
  throw new Error('it did not come about');
}

async function lastOf(gateway: TestGateway): Promise<Record<string, unknown> | null> {
  const { suites } = (await (await gateway.get('/evals', admin)).json()) as {
    suites: { last: Record<string, unknown> | null }[];
  };
  return suites[0]!.last;
}

t.test('a scheduled suite goes through the policies, and its cost is the key’s', async (t) => {
  const data = t.testdir({ 'support.yaml': suite });
  const first = await start(t, data);
  const made = await first.post('/key/generate', { key_alias: 'evals', max_budget: 5 }, admin);
  const { key, token_id: keyId } = (await made.json()) as { key: string; token_id: string };
  await first.gateway.close();

  const gateway = await start(t, data, `, key: ${key}, against: [other]`);
  gateway.upstream.reply(chatReply('Five days.'), chatReply('Six days.'));
  await gateway.gateway.listen();
  await gateway.clock.advance(5_000);
  await until(async () => (await lastOf(gateway)) !== null);
  t.match(await lastOf(gateway), {
    outcome: 'passed',
    pass_ratio: 1,
    cases: 1,
    models: ['other'],
    policy_versions: [gateway.gateway.program.version],
    // 5 tokens of input, 3 of output.
    cost_usd: 0.011,
  });
  await gateway.clock.advance(60_000);
  await until(async () => (await lastOf(gateway))!['outcome'] === 'regressed');
  t.equal(gateway.upstream.calls.length, 2, 'no cache answers');
  const report = await gateway.get('/cost/report?by=feature,key,alias', admin);
  t.match(await report.json(), { groups: [{ feature: 'evals', key: keyId, alias: 'other' }] });
  const metrics = await (await gateway.get('/metrics')).text();
  const name = join(data, 'support.yaml');
  t.ok(metrics.includes(`sluice_eval_pass_ratio{suite="${name}"} 0\n`));
  t.ok(metrics.includes(`sluice_eval_regressed_cases{suite="${name}"} 1\n`));
  t.ok(metrics.includes(`sluice_eval_runs_total{suite="${name}",outcome="regressed"} 1\n`));
  t.match(metrics, /sluice_eval_last_run_timestamp_seconds\{suite="[^"]+"\} 1767\d{6}/);

  const runs = await (await gateway.get(`/evals/runs?suite=${encodeURIComponent(name)}`, admin)).json();
  t.match(runs, {
    suite: name,
    runs: [
      { outcome: 'regressed', regressed: ['other: refunds'], result: { cases: [{ name: 'refunds' }] } },
      { outcome: 'passed' },
    ],
  });
  t.equal((await gateway.get('/evals')).status, 401);
  t.equal((await gateway.get('/evals/runs', admin)).status, 400);
  t.equal((await gateway.get('/evals?x=1', admin)).status, 400);
});

t.test('the newest run is known after a restart, and the stretch is not run again', async (t) => {
  const data = t.testdir({ 'support.yaml': suite });
  const first = await start(t, data);
  first.upstream.reply(chatReply('Five days.'));
  await first.gateway.listen();
  await first.clock.advance(5_000);
  await until(async () => (await lastOf(first)) !== null);
  await first.gateway.close();
  const second = await start(t, data);
  await second.gateway.listen();
  await second.clock.advance(5_000);
  await until(async () => (await lastOf(second)) !== null);
  await second.clock.advance(30_000);
  t.equal(second.upstream.calls.length, 0);
});

t.test('what is wrong with a schedule is said with its line, before anything starts', async (t) => {
  const data = t.testdir({ 'support.yaml': suite });
  await t.rejects(
    start(t, data, ', against: [tset]'),
    /evals\[0\]\.against\[0\]: there is no alias tset; did you mean "test"/,
  );
  await t.rejects(start(t, data, ', webhook: nowhere'), /evals\[0\]\.webhook: expected a URL/);
  await t.rejects(start(t, data, ', evry: 1h'), /evry/);
  await t.rejects(
    start(t, data, `}\n  - { suite: ${join(data, 'support.yaml')}, every: 5s`),
    /is scheduled twice[\s\S]*every: expected from 1m to 366d/,
  );
});
