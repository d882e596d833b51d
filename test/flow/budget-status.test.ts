import t from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/log.ts';

async function statusOf(t: { testdir(): string }, auth: string, own: string): Promise<number> {
  const gateway = await createGateway({
    config: {
      name: 'gateway.yaml',
      text: `${auth}providers: { mock: { kind: mock } }\nmodels: { mock: mock/gpt }\n`,
    },
    policies: {
      '00-ledger.yaml': 'plugin: ledger\nprices: { mock/gpt: { input: $1.00, output: $1.00 } }\n',
      '20-limits.yaml': `plugin: token-limiter\nlimits: [{ by: global, per: day, usd: 0 }]\n${own}`,
    },
    env: {},
    data: t.testdir(),
    services: { log: silentLog },
  });
  const answer = await gateway.request(
    new Request('http://gateway.test/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'mock', messages: [{ role: 'user', content: 'Hi' }] }),
    }),
  );
  await answer.text();
  await gateway.close();
  return answer.status;
}

t.test('the status of a used up budget: the file’s, else the configuration’s, else 402', async (t) => {
  t.equal(await statusOf(t, '', ''), 402);
  t.equal(await statusOf(t, 'auth: { budget_status: 429 }\n', ''), 429);
  t.equal(await statusOf(t, 'auth: { budget_status: 429 }\n', 'budget_status: 400\n'), 400);
});
