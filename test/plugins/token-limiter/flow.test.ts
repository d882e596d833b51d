import t from 'tap';
import { chatEvents, chatReply, settled } from '../../../core/testing.ts';
import type { Counters } from '../../../sdk/counters.ts';
import { limitedGateway, pluginOf } from './gateway.ts';
import { budget, budgetKey, identity } from './harness.ts';

const mostOfHi = 286_000;
const hi = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 100 };

/** Counters that say how often each hold was settled. */
function counting(settlements: string[]): (counters: Counters) => Counters {
  return (counters) => ({
    ...counters,
    settle(...args) {
      settlements.push(args[0]);
      return counters.settle(...args);
    },
  });
}

t.test('an answer carries what is left, and is booked before the client sees its end', async (t) => {
  const settlements: string[] = [];
  const { post, counters, upstream, trace, close } = await limitedGateway({
    identity: identity({ budget: budget(1e9), requestsPerMinute: 60 }),
    watch: counting(settlements),
  });
  t.teardown(close);
  const response = await post('/v1/chat/completions', { model: 'cheap', ...hi });
  t.equal(response.status, 200);
  t.equal(response.headers.get('x-ratelimit-limit-requests'), '60');
  t.equal(response.headers.get('x-ratelimit-remaining-requests'), '59');
  t.equal(response.headers.get('x-ratelimit-reset-requests'), '1s');
  await response.text();
  t.strictSame(await counters.read([budgetKey]), [{ spent: 5000 + 3 * 2000, held: 0 }]);
  t.equal(settlements.length, 1);
  t.match(upstream.calls[0]?.json, { max_tokens: 100 });
  t.match(trace(response).tags, { limits: '20-limits.yaml' });
});

t.test('a refusal is the client’s own dialect’s, with everything a client needs', async (t) => {
  const { post, trace, upstream, close } = await limitedGateway({
    identity: identity({ budget: budget(50_000), requestsPerMinute: 60 }),
    file: 'when_budget_is_short: refuse',
  });
  t.teardown(close);
  const chat = await post('/v1/chat/completions', { model: 'cheap', ...hi });
  t.equal(chat.status, 402);
  t.match(await chat.json(), {
    error: {
      type: 'insufficient_quota',
      code: 'budget_exceeded',
      message: /^The budget of key app is short/,
    },
  });
  t.equal(chat.headers.get('x-sluice-denied-by'), 'token-limiter');
  t.match(trace(chat), { outcome: 'denied', errorCode: 'budget_exceeded' });
  t.match(trace(chat).steps.find(({ decision }) => decision === 'deny')?.details, {
    limit: { by: 'key', scope: 'k1', quantity: 'usd', limit: 50_000, needed: mostOfHi },
  });
  const messages = await post('/v1/messages', { model: 'cheap', ...hi });
  t.equal(messages.status, 402);
  t.match(await messages.json(), { type: 'error', error: { message: /^The budget of key app/ } });
  t.equal(upstream.calls.length, 0);
});

t.test('a rate says when to come back, and then the request passes', async (t) => {
  const { post, clock, close } = await limitedGateway({
    identity: identity({ requestsPerMinute: 7 }),
  });
  t.teardown(close);
  const ask = async () => {
    const response = await post('/v1/chat/completions', { model: 'cheap', ...hi });
    await response.text();
    return response;
  };
  for (let count = 0; count < 7; count += 1) t.equal((await ask()).status, 200);
  const refused = await ask();
  t.equal(refused.status, 429);
  t.equal(refused.headers.get('retry-after'), '9');
  t.equal(refused.headers.get('retry-after-ms'), '8572');
  t.equal(refused.headers.get('x-ratelimit-remaining-requests'), '0');
  await clock.advance(8571);
  t.equal((await ask()).status, 429);
  await clock.advance(1);
  t.equal((await ask()).status, 200);
});

t.test('a clamp reaches the provider, in a stream’s request too, and the client is told', async (t) => {
  const { post, upstream, close } = await limitedGateway({ identity: identity({ budget: budget(200_000) }) });
  t.teardown(close);
  upstream.reply({ sse: chatEvents(['Hel', 'lo']) });
  const response = await post('/v1/chat/completions', { model: 'cheap', ...hi, stream: true });
  t.equal(response.headers.get('x-sluice-max-tokens-clamped'), '57');
  t.match(await response.text(), /\[DONE\]/);
  t.match(upstream.calls[0]?.json, { max_tokens: 57 });
  const free = { model: 'cheap', messages: hi.messages };
  const unlimited = await post('/v1/chat/completions', free);
  t.equal(unlimited.status, 200);
  t.match(upstream.calls[1]?.json, { max_tokens: Number });
});

t.test('every way to the end settles every hold once', async (t) => {
  for (const [name, spent, run] of [
    [
      'an error of the provider',
      0,
      async ({ post, upstream }) => {
        upstream.reply({ status: 500, json: { error: { message: 'no' } } });
        t.equal((await post('/v1/chat/completions', { model: 'cheap', ...hi })).status, 502);
      },
    ],
    [
      'a fallback',
      110_000,
      async ({ post, upstream }) => {
        upstream.reply({ status: 500, json: { error: { message: 'no' } } }, chatReply('fine'));
        t.equal((await post('/v1/chat/completions', { model: 'both', ...hi })).status, 200);
      },
    ],
    [
      'a client that leaves a stream',
      7000,
      async ({ post, upstream }) => {
        const leave = new AbortController();
        const open = upstream.open();
        const asking = post(
          '/v1/chat/completions',
          { model: 'cheap', ...hi, stream: true },
          {},
          leave.signal,
        );
        open.head();
        open.event(chatEvents(['four'])[0]!);
        const response = await asking;
        const reading = response.text().catch(() => undefined);
        await settled();
        leave.abort();
        await settled();
        await Promise.race([reading, settled()]);
        t.ok(open.aborted);
      },
    ],
    [
      'a stream that is cut',
      7000,
      async ({ post, upstream }) => {
        upstream.reply({ sse: [chatEvents(['four'])[0]!], failure: { kind: 'cut', message: 'cut' } });
        const response = await post('/v1/chat/completions', { model: 'cheap', ...hi, stream: true });
        t.match(await response.text(), /stream_interrupted/);
      },
    ],
    [
      'a refusal by a later step',
      0,
      async ({ post }) => {
        const response = await post('/v1/chat/completions', { model: 'cheap', ...hi, user: 'deny' });
        t.equal(response.status, 403);
      },
    ],
    [
      'an answer by a later step',
      0,
      async ({ post, upstream }) => {
        const response = await post('/v1/chat/completions', { model: 'cheap', ...hi, user: 'respond' });
        t.equal(response.status, 200);
        t.equal(upstream.calls.length, 0);
      },
    ],
    [
      'a model that nobody knows',
      0,
      async ({ post }) => {
        t.equal((await post('/v1/chat/completions', { model: 'nobody', ...hi })).status, 404);
      },
    ],
    [
      // The provider has read the question by then.
      'the end of the process',
      5000,
      async ({ post, upstream, gateway }) => {
        upstream.reply({ hang: true });
        const asking = post('/v1/chat/completions', { model: 'cheap', ...hi });
        await settled();
        const closing = gateway.close();
        await (await asking).text();
        await closing;
      },
    ],
  ] as readonly (readonly [
    string,
    number,
    (gateway: Awaited<ReturnType<typeof limitedGateway>>) => Promise<void>,
  ])[]) {
    const settlements: string[] = [];
    const later = pluginOf('later', {
      onRequest({ view }) {
        if (view.params['user'] === 'deny') return { type: 'deny', code: 'policy_denied' };
        if (view.params['user'] !== 'respond') return undefined;
        return {
          type: 'respond',
          source: 'exact',
          chunks: [
            { type: 'text', choice: 0, text: 'known' },
            { type: 'finish', choice: 0, reason: 'stop' },
          ],
        };
      },
    });
    const limited = await limitedGateway({
      identity: identity({ budget: budget(1e9), concurrentRequests: 1 }),
      watch: counting(settlements),
      plugins: [later],
      policies: { '30-later.yaml': 'plugin: later' },
    });
    await run(limited);
    await settled();
    t.equal(settlements.length, 1, `${name}: settled once`);
    t.strictSame(await limited.counters.read([budgetKey]), [{ spent, held: 0 }], `${name}: spent`);
    t.equal((await limited.counters.read(['concurrent|key|k1']))[0]!.held, 0, `${name}: nothing is held`);
    await limited.close();
    t.equal(limited.clock.pending, 0, `${name}: no timer is left`);
  }
});

t.test('every inference endpoint is held to the budget', async (t) => {
  const { post, upstream, close } = await limitedGateway({ identity: identity({ budget: budget(10) }) });
  t.teardown(close);
  for (const [path, body] of [
    ['/v1/chat/completions', hi],
    ['/v1/completions', { prompt: 'Hi', max_tokens: 100 }],
    ['/v1/responses', { input: 'Hi' }],
    ['/v1/messages', hi],
    ['/v1/embeddings', { input: 'Hi' }],
  ] as const) {
    const response = await post(path, { model: 'cheap', ...body });
    t.equal(response.status, 402, path);
    await response.text();
  }
  t.equal(upstream.calls.length, 0);
});
