import t from 'tap';
import { chatReply, type TestGateway, testGateway } from '../../../core/testing.ts';

const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
models:
  test: up/model
  cheap: { targets: [ { target: up/small, tier: mini } ] }
  smart: { targets: [ { target: up/large, tier: frontier } ] }
`;
const policies = {
  '40-classifier.yaml': 'plugin: classifier\nmodel: cheap\n',
  '50-lanes.policy.ts':
    "import { policy, route, tagged, use } from 'sluice';\nexport const p = policy('lanes', { kind: 'shape' }, route('hard', tagged('classifier', 'hard'), use('smart')));\n",
};

async function start(): Promise<TestGateway> {
  return testGateway({ config, policies });
}

/** Models that the provider was asked for, in order. */
function modelsAsked({ upstream }: TestGateway): unknown[] {
  return upstream.calls.map(({ json }) => (json as { model: string }).model);
}

t.test('a policy routes by what the model said, and the trace has both', async (t) => {
  const gateway = await start();
  t.teardown(gateway.close);
  gateway.upstream.reply(chatReply('hard'), chatReply('the proof'));
  const response = await gateway.chat('Prove it.');
  t.match(await response.text(), /the proof/);
  t.strictSame(modelsAsked(gateway), ['small', 'large']);
  t.match(gateway.trace(response), {
    tags: { classifier: 'hard' },
    plan: { targets: ['up/large'] },
    attempts: [{ target: 'up/large' }],
  });
  gateway.upstream.reply(chatReply('again'));
  await (await gateway.chat('Prove it.')).text();
  t.strictSame(modelsAsked(gateway).slice(2), ['large'], 'the same message is not asked again');
});

t.test('without an answer the request goes where it would have gone', async (t) => {
  const gateway = await start();
  t.teardown(gateway.close);
  gateway.upstream.reply({ status: 500, json: { error: { message: 'down' } } }, chatReply('hello'));
  const response = await gateway.chat('Prove it.');
  t.equal(response.status, 200);
  await response.text();
  t.strictSame(modelsAsked(gateway), ['small', 'model']);
  t.match(gateway.trace(response), {
    tags: { classifier: 'unknown' },
    steps: [{ name: 'classifier', reason: 'the model could not be asked (upstream_error)' }, {}],
  });
});

t.test('a model that does not answer in time is given up, and nothing of it is left', async (t) => {
  const gateway = await start();
  t.teardown(gateway.close);
  gateway.upstream.reply({ hang: true }, chatReply('hello'));
  const answer = gateway.chat('Prove it.');
  while (gateway.upstream.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await gateway.clock.advance(800);
  const response = await answer;
  t.equal(response.status, 200);
  await response.text();
  t.equal(gateway.upstream.calls[0]!.aborted, true);
  t.match(gateway.trace(response), { steps: [{ reason: 'no answer within 800 ms' }, {}] });
});
