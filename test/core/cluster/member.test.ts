import t from 'tap';
import { Line, type Port } from '../../../core/cluster/line.ts';
import { Member } from '../../../core/cluster/member.ts';
import type { FleetQuestion, PrimaryNews, WorkerNews } from '../../../core/cluster/messages.ts';
import { FakeClock, settled } from '../../../core/testing.ts';

/** A worker and the primary process's end of its line. */
function memberOf(answer: (question: FleetQuestion) => unknown) {
  const clock = new FakeClock();
  const heard: WorkerNews[] = [];
  let toWorker: (message: unknown) => void = () => undefined;
  let toPrimary: (message: unknown) => void = () => undefined;
  const later = (run: () => void) => void Promise.resolve().then(run);
  const port = (
    send: (message: unknown) => void,
    listen: (run: (message: unknown) => void) => void,
  ): Port => ({
    send: (message) => later(() => send(structuredClone(message))),
    onMessage: listen,
  });
  const member = new Member({
    port: port(
      (message) => toPrimary(message),
      (run) => {
        toWorker = run;
      },
    ),
    clock,
    residentBytes: () => 1,
    drain: () => undefined,
  });
  const primary = new Line<FleetQuestion, FleetQuestion, WorkerNews, PrimaryNews>(
    port(
      (message) => toWorker(message),
      (run) => {
        toPrimary = run;
      },
    ),
    clock,
    { heard: (news) => void heard.push(news), answer },
  );
  return { clock, heard, member, primary };
}

const gateway = { metricsJson: async () => [], trace: () => undefined, reload: async () => undefined };

t.test('it has what it was welcomed with', async (t) => {
  const { member, primary } = memberOf(() => null);
  primary.tell({ type: 'welcome', id: 7, secret: 's' });
  await settled();
  t.strictSame([member.id, member.secret], [7, 's']);
});

t.test('it asks the others and answers them, each within its time', async (t) => {
  const asked: FleetQuestion[] = [];
  const peers = [{ worker: 1, self: true }];
  const { clock, member, primary } = memberOf((question) => {
    asked.push(question);
    return asked.length === 1 ? peers : new Promise(() => undefined);
  });
  t.strictSame(await member.ask({ what: 1 }), peers);
  t.strictSame(asked, [{ type: 'peers', question: { what: 1 }, limitMs: 500 }]);
  const late = member.ask({});
  await clock.advance(1500);
  t.strictSame(await late, [], 'nobody knows who there is');

  const question = { type: 'peers', question: 'what', limitMs: 500 } as const;
  t.equal(await primary.ask(question), undefined, 'before there is anybody who answers');
  member.onAsked((what) => [what, 'so']);
  t.strictSame(await primary.ask(question), ['what', 'so']);
  member.onAsked(() => {
    throw new Error('broken');
  });
  t.equal(await primary.ask(question), undefined);
});

t.test('under a primary process of an older release it is alone', async (t) => {
  const { member } = memberOf(() => ({ requestId: 'the first answer of any' }));
  t.strictSame(await member.ask({}), []);
  t.equal(member.id, 0);
  t.throws(() => member.secret, /older release: restart the service/);
});

t.test('it says when the others count it in', async (t) => {
  const { heard, member } = memberOf(() => null);
  const order: string[] = [];
  member.onReady(() => order.push('ready'));
  t.strictSame(order, []);
  member.ready(gateway, { url: 'u' }, 's');
  await settled();
  t.strictSame(order, ['ready']);
  t.match(heard, [{ type: 'ready' }]);
});
