import t from 'tap';
import { createGateway } from '../../../core/gateway.ts';
import { createPrices } from '../../../core/prices/prices.ts';
import { silentLog } from '../../../core/services/log.ts';
import { ScriptedUpstream } from '../../../core/testing.ts';
import type { Counters } from '../../../sdk/counters.ts';
import { pluginOf } from './gateway.ts';
import { budget, budgetKey, identity, limiterWith, priceTable } from './harness.ts';

/** The most that `Hi` costs with 100 tokens of output at `cheap`. */
const mostOfHi = 286_000;

t.test('a provider that is asked again with another key is paid twice only where both fit', async (t) => {
  let counters: Counters | undefined;
  const limiter = limiterWith((services) => {
    counters = services.counters;
    return { ...services, prices: createPrices(priceTable) };
  });
  const who = pluginOf('who', {
    onRequest: () => ({ type: 'continue', changes: { identity: identity({ budget: budget(mostOfHi) }) } }),
  });
  const upstream = new ScriptedUpstream();
  const gateway = await createGateway({
    config: {
      name: 'gateway.yaml',
      text: `providers: { up: { kind: anthropic, base_url: http://upstream.test, api_key: [sk-a, sk-b] } }\nmodels: { cheap: up/cheap }\n`,
    },
    policies: { '10-who.yaml': 'plugin: who', '20-limits.yaml': 'plugin: token-limiter' },
    plugins: [who, limiter],
    env: {},
    http: upstream,
    services: { log: silentLog },
  });
  t.teardown(() => gateway.close());
  const start = (input: number) => ({
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      usage: { input_tokens: input, output_tokens: 0 },
    },
  });
  // It has read the input, and then finds that this key may not have an answer.
  upstream.reply({
    sse: [start(86), { type: 'error', error: { type: 'rate_limit_error', message: 'later' } }],
  });
  upstream.otherwise(() => ({
    sse: [
      start(86),
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 100 } },
      { type: 'message_stop' },
    ],
  }));
  const answer = await gateway.request(
    new Request('http://gateway.test/v1/messages', {
      method: 'POST',
      body: JSON.stringify({
        model: 'cheap',
        max_tokens: 100,
        stream: true,
        messages: [{ role: 'user', content: 'Hi' }],
      }),
    }),
  );
  await answer.text();
  const [state] = (await counters!.read([budgetKey])) as { spent: number; held: number }[];
  t.equal(state!.held, 0);
  t.ok(state!.spent >= 86_000, `${state!.spent} were spent`);
  t.ok(state!.spent <= mostOfHi, `${state!.spent} of ${mostOfHi}`);
});
