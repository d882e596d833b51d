import t from 'tap';
import { chatEvents, chatReply, testGateway } from '../../core/testing.ts';
import { definePlugin } from '../../sdk/plugin.ts';
import { settled } from '../../sdk/testing/clock.ts';

/** A gateway whose books take their time. */
async function start(policies: Readonly<Record<string, string>>) {
  const durable = Promise.withResolvers<void>();
  const books = definePlugin({
    name: 'books',
    summary: 'Takes its time.',
    schema: { type: 'object' },
    needs: [],
    accounts: true,
    onFailure: 'closed',
    setup: () => ({ settled: () => durable.promise }),
  });
  const slow = definePlugin({
    name: 'slow',
    summary: 'Waits until nobody wants it any more.',
    schema: { type: 'object' },
    needs: [],
    onFailure: 'open',
    setup: () => ({
      route: ({ signal }) =>
        new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined))),
    }),
  });
  const gateway = await testGateway({
    plugins: [books, slow],
    policies: { '00-books.yaml': 'plugin: books', ...policies },
  });
  return { ...gateway, durable };
}

/** It asks for itself what never comes. */
const waits = { '10-slow.yaml': 'plugin: slow\ntimeout_ms: 60000' };

t.test('a request whose time is up while a hook waits is told so, however long its books take', async (t) => {
  const { chat, clock, log, durable, close } = await start(waits);
  t.teardown(close);
  const asked = chat('Hi', {}, { 'x-sluice-timeout': '100ms' });
  await settled();
  await clock.advance(100);
  await settled();
  durable.resolve();
  const answer = await asked;
  t.equal(answer.status, 504);
  t.match(await answer.json(), { error: { code: 'upstream_timeout' } });
  t.same(
    log.lines.filter(({ level }) => level === 'error'),
    [],
  );
});

t.test(
  'a gateway that stops waits for the books of those that it breaks off, and of clients that left',
  async (t) => {
    for (const leaves of [false, true]) {
      const { gateway, chat, post, clock, durable, close } = await start(waits);
      t.teardown(close);
      const leaving = new AbortController();
      const body = { model: 'test', messages: [{ role: 'user', content: 'Hi' }] };
      const asked = leaves ? post('/v1/chat/completions', body, {}, leaving.signal) : chat('Hi');
      asked.catch(() => undefined);
      await settled();
      if (leaves) leaving.abort();
      await settled();
      let drained = false;
      const draining = gateway.drain().then(() => {
        drained = true;
      });
      if (!leaves) await clock.advance(30_000);
      await settled();
      t.equal(gateway.status().inFlight, 1, 'its books are still open');
      t.equal(drained, !leaves, 'the time to drain is bounded');
      durable.resolve();
      await settled();
      await draining;
      t.equal(gateway.status().inFlight, 0);
      if (!leaves) t.match(await (await asked).json(), { error: { code: 'draining' } });
    }
  },
);

for (const [kind, reply] of [
  ['an answer', chatReply('Hello')],
  ['a stream', { sse: chatEvents(['Hel', 'lo']) }],
] as const) {
  t.test(
    `${kind} that has come is not broken off by the limits of its attempt while it is booked`,
    async (t) => {
      const limits =
        'plugin: fallback\ntimeouts: { first_token: 1s, stall: 1s, total: 1s }\nretry: { max: 0 }\n';
      const { chat, clock, upstream, log, durable, close } = await start({ '20-fallback.yaml': limits });
      t.teardown(close);
      upstream.reply(reply);
      const asked = chat('Hi', { stream: kind === 'a stream' });
      await settled();
      await clock.advance(3_000);
      await settled();
      durable.resolve();
      const answer = await asked;
      t.equal(answer.status, 200);
      const text = await answer.text();
      t.match(text, kind === 'a stream' ? /\[DONE\]/ : /Hello/);
      t.notMatch(text, /error/);
      t.equal(upstream.calls.length, 1);
      t.same(
        log.lines.filter(({ level }) => level === 'error'),
        [],
      );
    },
  );
}
