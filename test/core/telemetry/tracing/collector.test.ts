import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { createGateway } from '../../../../core/gateway.ts';
import { OtlpSender } from '../../../../core/telemetry/tracing/otlp-sender.ts';
import {
  chatReply,
  countingIds,
  FakeClock,
  recordingLog,
  ScriptedUpstream,
  settled,
  testGateway,
} from '../../../../core/testing.ts';
import type { Models } from '../../../../sdk/services.ts';
import { traceRecord } from '../../../../sdk/testing/trace.ts';
import { type OtlpReceiver, otlpReceiver } from './otlp-receiver.ts';

const canary = 'a very private question';

const configOf = (otlp: string) => `
providers: { up: { kind: openai, base_url: http://up.test/v1, api_key: sk-canary-up } }
models: { test: up/a }
telemetry: { otlp: "${otlp}" }
`;

async function withReceiver(t: Test): Promise<OtlpReceiver> {
  const receiver = await otlpReceiver();
  t.teardown(() => receiver.close());
  return receiver;
}

const requestsIn = ({ spans }: OtlpReceiver) => spans.filter(({ name }) => name === 'gateway.request').length;

t.test('a collector that refuses costs requests nothing; what it lost is counted', async (t) => {
  const receiver = await withReceiver(t);
  receiver.status = 400;
  const gateway = await testGateway({ config: configOf(receiver.url) });
  const { chat, upstream, clock, get, log } = gateway;
  for (let request = 0; request < 3; request += 1) {
    upstream.reply(chatReply('fine'));
    t.equal((await chat(canary)).status, 200);
  }
  const dropped = async () =>
    Number(/^sluice_spans_dropped_total (\d+)$/m.exec(await (await get('/metrics')).text())?.[1]);
  t.equal(await dropped(), 0, 'they wait');
  await clock.advance(1000);
  while (!log.lines.some(({ message }) => message.startsWith('spans were dropped'))) await settled();
  t.equal(await dropped(), 6, 'a request and a call each');
  t.notMatch(JSON.stringify(log.lines), canary);
  await gateway.close();
});

t.test('spans for a collector that is down are lost after the time of an export', async (t) => {
  const receiver = await withReceiver(t);
  await receiver.close();
  const models: Models = {
    aliases: [],
    resolve: () => undefined,
    strategy: () => 'ordered',
    tier: () => 'standard',
    nearest: () => undefined,
  };
  const sender = new OtlpSender({
    otlp: receiver.url,
    headers: {},
    ids: countingIds(),
    models: () => models,
    timeoutMs: 100,
  });
  await t.rejects(sender.send([traceRecord()]), { code: 'ECONNREFUSED' });
  await sender.close();
});

t.test('a reload sends what follows to the new address, or nowhere', async (t) => {
  const [before, after] = [await withReceiver(t), await withReceiver(t)];
  const dir = t.testdir({ 'gateway.yaml': configOf(before.url), policies: {} });
  const upstream = new ScriptedUpstream();
  const clock = new FakeClock();
  const gateway = await createGateway({
    config: `${dir}/gateway.yaml`,
    policies: `${dir}/policies`,
    env: {},
    http: upstream,
    services: { clock, ids: countingIds(), log: recordingLog() },
  });
  const ask = async () => {
    upstream.reply(chatReply('fine'));
    const body = JSON.stringify({ model: 'test', messages: [{ role: 'user', content: 'Hi' }] });
    const headers = { 'content-type': 'application/json' };
    const request = new Request('http://g.test/v1/chat/completions', { method: 'POST', headers, body });
    await (await gateway.request(request)).text();
  };
  await ask();
  await clock.advance(1000);
  while (before.spans.length === 0) await settled();
  writeFileSync(`${dir}/gateway.yaml`, configOf(after.url));
  t.strictSame(await gateway.reload(), []);
  await ask();
  await clock.advance(1000);
  while (after.spans.length === 0) await settled();
  await gateway.close();
  t.equal(requestsIn(before), 1);
  t.equal(requestsIn(after), 1);
});
