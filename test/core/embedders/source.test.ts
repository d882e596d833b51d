import t from 'tap';
import { LazyEmbedder } from '../../../core/embedders/source.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';

const answer = JSON.stringify({ data: [{ index: 0, embedding: [3, 4] }] });

function source(call: () => Promise<{ status: number; body: string }>) {
  const clock = new FakeClock();
  const log = recordingLog();
  const requests: (string | undefined)[] = [];
  const made = new LazyEmbedder({
    config: { provider: 'up', model: 'embed', prefix: 'query: ' },
    call: (_, { requestId }) => {
      requests.push(requestId);
      return call();
    },
    clock,
    log,
  });
  return { made, clock, log, requests };
}

t.test('an embedder is made once, by the first who asks, at the cost of its request', async (t) => {
  const { made, requests } = source(async () => ({ status: 200, body: answer }));
  t.equal(made.current, null);
  const [one, other] = await Promise.all([
    made.ready({ requestId: 'req_1' }),
    made.ready({ requestId: 'req_2' }),
  ]);
  t.equal(one, other);
  t.equal(made.current, one);
  t.strictSame(requests, ['req_1']);
  t.match(one, { dimensions: 2, identity: /up\/embed:2:"query: "/ });
  await made.close();
  t.equal(made.current, null);
  await t.rejects(made.ready(), { code: 'store_unavailable' });
});

t.test('one that cannot be made is told of, and tried again after a while', async (t) => {
  let status = 500;
  const { made, clock, log, requests } = source(async () => ({ status, body: answer }));
  t.teardown(() => made.close());
  await t.rejects(made.ready({ requestId: 'req_1' }), { message: /status 200; came 500/ });
  t.match(log.lines, [{ level: 'warn', fields: { embedder: 'provider' } }]);
  status = 200;
  await t.rejects(made.ready({ requestId: 'req_2' }), { code: 'store_unavailable' });
  t.equal(requests.length, 1, 'not with every request');
  clock.advance(30_000);
  t.match(await made.ready({ requestId: 'req_3' }), { dimensions: 2 });
});

t.test('one that never answers is given up', async (t) => {
  const { made, clock } = source(() => new Promise(() => undefined));
  const waiting = t.rejects(made.ready({ requestId: 'req_1' }), { message: /not ready within 30 s/ });
  clock.advance(30_000);
  await waiting;
  t.equal(made.current, null);
});

t.test('the built-in one is there at once and needs no request', async (t) => {
  const made = new LazyEmbedder({
    config: { kind: 'lexical', floor: 0.9 },
    call: async () => ({ status: 500, body: '' }),
    clock: new FakeClock(),
    log: recordingLog(),
  });
  t.match(await made.ready(), { identity: /^lexical/, floor: 0.9 });
  await made.close();
});
