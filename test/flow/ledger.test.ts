import t from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/log.ts';

const policies = {
  '00-ledger.yaml': `plugin: ledger
prices: { mock/gpt: { input: $1.00, output: $2.00 }, mock/gpt-large: { input: $10, output: $20 } }
`,
};

/** A gateway with a real database in a folder of its own. */
async function start(data: string) {
  const gateway = await createGateway({
    config: null,
    policies,
    env: {},
    data,
    services: { log: silentLog },
  });
  const ask = (model: string, more: object = {}, headers: Record<string, string> = {}) =>
    gateway.request(
      new Request('http://gateway.test/v1/chat/completions', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }], ...more }),
      }),
    );
  const get = async (path: string) =>
    (await gateway.request(new Request(`http://gateway.test${path}`))).json() as Promise<unknown>;
  return { gateway, ask, get };
}

t.test(
  'what requests cost is on the ledger when their answers end, and still there after a restart',
  async (t) => {
    const data = t.testdir();
    const first = await start(data);
    let expectedNanoUsd = 0;
    for (const [model, input, output] of [
      ['mock', 1000, 2000],
      ['smart', 10_000, 20_000],
      ['mock', 1000, 2000],
    ] as const) {
      const answer = await first.ask(model, {}, { 'x-tenant-id': 'acme' });
      const shownUsd = Number(answer.headers.get('x-gateway-cost-usd'));
      const { usage } = (await answer.json()) as {
        usage: { prompt_tokens: number; completion_tokens: number };
      };
      const nanoUsd = usage.prompt_tokens * input + usage.completion_tokens * output;
      t.equal(Math.round(shownUsd * 1e9), nanoUsd, 'the header says the same');
      expectedNanoUsd += nanoUsd;
    }
    await (await first.ask('mock', { stream: true })).text();
    const denied = await first.ask('nobody');
    t.equal(denied.status, 404);

    const report = (await first.get('/cost/report?by=tenant')) as { groups: Record<string, unknown>[] };
    const acme = report.groups.find((group) => group['tenant'] === 'acme')!;
    t.match(acme, { requests: 3, errors: 0 }, JSON.stringify(report));
    t.equal(Math.round(Number(acme['cost_usd']) * 1e9), expectedNanoUsd, 'to the nano-dollar');
    await first.gateway.close();

    const second = await start(data);
    t.teardown(() => second.gateway.close());
    const again = (await second.get('/cost/report?by=tenant')) as { groups: Record<string, unknown>[] };
    t.same(again.groups, report.groups);
    const logs = (await second.get('/spend/logs?page_size=10')) as unknown;
    t.match(JSON.stringify(logs), /req_/);
  },
);
