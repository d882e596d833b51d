import t from 'tap';
import { testGateway } from '../../core/testing.ts';
import { type AnyPlugin, definePlugin } from '../../sdk/plugin.ts';
import { settled } from '../../sdk/testing/clock.ts';

function book(name: string, accounts: boolean, run: () => Promise<void> | undefined): AnyPlugin {
  return definePlugin({
    name,
    summary: 'Keeps a book.',
    schema: { type: 'object' },
    needs: [],
    accounts,
    onFailure: 'open',
    setup: () => ({ settled: run }),
  });
}

t.test(
  'accounts are settled one after the other, in the order of the folder, and nobody else waits',
  async (t) => {
    const did: string[] = [];
    const durable = Promise.withResolvers<void>();
    const { chat, close } = await testGateway({
      plugins: [
        book('rows', true, async () => {
          did.push('rows begin');
          await durable.promise;
          did.push('rows are durable');
        }),
        book('log', false, () => void did.push('log')),
        book('counters', true, () => void did.push('counters')),
      ],
      policies: {
        '00-rows.yaml': 'plugin: rows',
        '10-log.yaml': 'plugin: log',
        '20-counters.yaml': 'plugin: counters',
      },
    });
    t.teardown(close);
    const answer = chat('Hi').then((response) => response.text());
    await settled();
    t.strictSame(did, ['rows begin', 'log']);
    durable.resolve();
    await answer;
    t.strictSame(did, ['rows begin', 'log', 'rows are durable', 'counters']);
  },
);

t.test('a book that fails, or takes too long, keeps the next one from nothing', async (t) => {
  let counted = 0;
  const count = () => {
    counted += 1;
    return undefined;
  };
  for (const fault of [() => Promise.reject(new Error('no')), () => new Promise<void>(() => {})]) {
    const { chat, clock, close } = await testGateway({
      plugins: [book('rows', true, fault), book('counters', true, count)],
      policies: { '00-rows.yaml': 'plugin: rows', '20-counters.yaml': 'plugin: counters' },
    });
    t.teardown(close);
    const answer = chat('Hi').then((response) => response.text());
    await settled();
    await clock.advance(60_000);
    await answer;
  }
  t.equal(counted, 2);
});
