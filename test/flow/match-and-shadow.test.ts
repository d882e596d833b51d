import t from 'tap';
import { chatEvents, chatReply, testGateway } from '../../core/testing.ts';
import { type AnyPlugin, definePlugin } from '../../sdk/index.ts';

const noOptions = { type: 'object', properties: {} } as const;

/** A plugin of each stream mode that notes what it sees. */
function watchers(seen: string[]): AnyPlugin[] {
  const base = { summary: 'Made for a test.', schema: noOptions, needs: [], onFailure: 'closed' } as const;
  return [
    definePlugin({ ...base, name: 'books', setup: () => ({ settled: () => void seen.push('settled') }) }),
    definePlugin({
      ...base,
      name: 'watch',
      streamMode: 'observe',
      setup: () => ({ afterResponse: () => ({ end: () => void seen.push('observed') }) }),
    }),
    definePlugin({
      ...base,
      name: 'shout',
      streamMode: 'chunk',
      holdBackChars: 0,
      setup: () => ({
        afterResponse: () => ({
          push(chunk, emit) {
            if (chunk.type === 'text') seen.push('pushed');
            emit(chunk.type === 'text' ? { ...chunk, text: chunk.text.toUpperCase() } : chunk);
          },
        }),
      }),
    }),
    definePlugin({
      ...base,
      name: 'judge',
      streamMode: 'whole',
      setup: () => ({
        afterResponse(_ctx, _state, answer) {
          seen.push(`judged ${answer.choices[0]?.text}`);
          return { type: 'deny', code: 'never' };
        },
      }),
    }),
    definePlugin({
      ...base,
      name: 'canned',
      setup: () => ({
        onRequest: (ctx) =>
          ctx.view.lastUser === 'canned'
            ? {
                type: 'respond',
                chunks: [
                  { type: 'text', choice: 0, text: 'yes' },
                  { type: 'finish', choice: 0, reason: 'stop' },
                ],
              }
            : undefined,
      }),
    }),
  ];
}

t.test(
  'a step whose match does not hold takes no part in a request at all, whatever hooks it has',
  async (t) => {
    const seen: string[] = [];
    const match = "match: tenant.id = 'acme'\n";
    const { chat, close } = await testGateway({
      plugins: watchers(seen),
      policies: {
        '05-canned.yaml': 'plugin: canned\n',
        '10-books.yaml': `plugin: books\n${match}`,
        '20-watch.yaml': `plugin: watch\n${match}`,
        '30-shout.yaml': `plugin: shout\n${match}`,
      },
    });
    t.teardown(close);
    for (const text of ['Hi', 'canned']) {
      t.match(await (await chat(text)).text(), text === 'Hi' ? /ok/ : /yes/);
      t.strictSame(seen.splice(0), [], text);
      t.match(await (await chat(text, {}, { 'x-tenant-id': 'acme' })).text(), text === 'Hi' ? /OK/ : /YES/);
      t.strictSame(seen.splice(0).sort(), ['observed', 'pushed', 'settled'], text);
    }
    await (await chat('Hi', { model: 'nothing' })).text();
    t.strictSame(seen, [], 'a refused request asks no match either');
  },
);

t.test('a match that fails follows on_failure', async (t) => {
  for (const onFailure of ['open', 'closed'] as const) {
    const seen: string[] = [];
    const { chat, trace, close } = await testGateway({
      plugins: watchers(seen),
      policies: {
        '20-watch.yaml': `plugin: watch\nmatch: $number(tenant.id) > 1\non_failure: ${onFailure}\n`,
      },
    });
    const response = await chat('Hi');
    t.equal(response.status, onFailure === 'open' ? 200 : 503);
    const text = await response.text();
    if (onFailure === 'closed') t.match(text, /policy_error/);
    t.match(trace(response).steps, [{ name: 'watch', decision: 'error' }]);
    t.strictSame(seen, []);
    await close();
  }
});

t.test(
  'in shadow mode a chunk or whole step runs on the side: recorded, changing nothing, delaying nothing',
  async (t) => {
    const seen: string[] = [];
    const { chat, upstream, trace, close } = await testGateway({
      plugins: watchers(seen),
      policies: {
        '10-shout.yaml': 'plugin: shout\nmode: shadow\n',
        '20-judge.yaml': 'plugin: judge\nmode: shadow\n',
      },
    });
    t.teardown(close);
    const feed = upstream.open();
    const pending = chat('Hi', { stream: true });
    feed.head();
    const events = chatEvents(['Hel', 'lo']);
    feed.event(events[0]!);
    const response = await pending;
    t.equal(response.status, 200, 'the first event is not held back');
    for (const event of events.slice(1)) feed.event(event);
    feed.end();
    t.equal(
      await response.text(),
      events
        .map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`)
        .join(''),
    );
    t.strictSame(seen, ['pushed', 'pushed', 'judged Hello']);
    const steps = trace(response).steps.filter((step) => step.hook === 'afterResponse');
    t.ok(steps.every((step) => step.shadow === true));
    t.match(
      steps.find((step) => step.name === 'judge' && step.decision === 'deny'),
      { wrote: { deny: { code: 'never' } } },
    );
  },
);

t.test(
  'who refused is named when an answer is refused, and a refusal is a denial whatever its status',
  async (t) => {
    const judge = definePlugin({
      name: 'judge',
      summary: 'Refuses.',
      schema: noOptions,
      needs: [],
      onFailure: 'closed',
      streamMode: 'whole',
      setup: () => ({ afterResponse: () => ({ type: 'deny', status: 502, code: 'leak' }) }),
    });
    const { chat, upstream, trace, close } = await testGateway({
      plugins: [judge],
      policies: { '10-j.yaml': 'plugin: judge\n' },
    });
    t.teardown(close);
    upstream.reply(chatReply('secret'));
    const response = await chat('Hi');
    t.equal(response.status, 502);
    t.equal(response.headers.get('x-sluice-denied-by'), 'judge');
    await response.text();
    t.match(trace(response), { outcome: 'denied', errorCode: 'leak' });
  },
);
