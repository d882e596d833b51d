import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createGateway } from '../../../core/gateway.ts';
import { FakeClock, recordingLog, ScriptedUpstream } from '../../../core/testing.ts';

t.test('alerts of a gateway go on over a reload of its policies', async (t) => {
  const dir = t.testdir({
    'gateway.yaml':
      'providers: { up: { kind: openai, base_url: "http://up.test/v1" } }\nmodels: { test: up/a }\n',
    policies: {
      '20-refuse.policy.ts': `import { deny, onRequest, policy } from 'sluice';
export const refuse = policy('refuse', { kind: 'guard' }, onRequest('all', true, deny(429, 'too_much', 'Too much.')));
`,
      '90-alerts.yaml': 'plugin: alerts\noff: [cache_hits, spend]\n',
    },
    data: {},
  });
  const clock = new FakeClock();
  const log = recordingLog();
  const gateway = await createGateway({
    config: join(dir, 'gateway.yaml'),
    policies: join(dir, 'policies'),
    data: join(dir, 'data'),
    env: {},
    http: new ScriptedUpstream(),
    services: { clock, log },
  });
  t.teardown(() => gateway.close());
  const minutes = async (count: number) => {
    for (let at = 0; at < count * 6; at += 1) {
      for (let times = 0; times < 2; times += 1) {
        const body = JSON.stringify({ model: 'test', messages: [{ role: 'user', content: 'Hi' }] });
        const answer = await gateway.request(
          new Request('http://gateway.test/v1/chat/completions', { method: 'POST', body }),
        );
        t.equal(answer.status, 429);
      }
      await clock.advance(10_000);
    }
  };
  const told = () => log.lines.filter(({ message }) => message.startsWith('alert firing')).length;
  await minutes(5);
  t.equal(told(), 0);
  const before = gateway.program.version;
  writeFileSync(join(dir, 'policies', '95-log.yaml'), 'plugin: access-log\n');
  t.strictSame(await gateway.reload(), []);
  t.not(gateway.program.version, before);
  await minutes(2);
  t.equal(told(), 1);
  writeFileSync(join(dir, 'policies', '90-alerts.yaml'), 'plugin: alerts\noff: [spend]\nmin_requests: 10\n');
  t.strictSame(await gateway.reload(), []);
  await minutes(5);
  t.equal(told(), 1, 'which is not told again');
});
