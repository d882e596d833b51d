import t from 'tap';
import { serveProcess } from '../../../flow/serve-process.ts';
import { otlpReceiver } from './otlp-receiver.ts';

t.test('a process that is told to stop sends its last spans first', async (t) => {
  const receiver = await otlpReceiver();
  t.teardown(() => receiver.close());
  const dir = t.testdir({ policies: {}, 'gateway.yaml': `telemetry: { otlp: "${receiver.url}" }\n` });
  const served = await serveProcess(['--policies', `${dir}/policies`, '--config', `${dir}/gateway.yaml`]);
  t.teardown(() => served.child.kill('SIGKILL'));
  const response = await fetch(`${served.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'mock', messages: [{ role: 'user', content: 'Hi' }] }),
  });
  t.equal(response.status, 200);
  await response.text();
  t.strictSame(await served.stop('SIGTERM'), { code: 0, signal: null });
  t.strictSame(receiver.spans.map(({ name }) => name).toSorted(), ['gateway.provider', 'gateway.request']);
});
