import t from 'tap';
import {
  type ClientParts,
  deadlineMs,
  EngineClient,
  EngineStopped,
  type EngineWorker,
} from '../../playground/src/engine/client.ts';
import type { Answers, Draft, FromEngine, ToEngine } from '../../playground/src/engine/messages.ts';

const draft: Draft = { config: { version: '', providers: [], models: [] }, files: [] };
const tryAnswer = { loaded: {}, tried: null, error: 'x' } as unknown as Answers['try'];

class FakeWorker implements EngineWorker {
  onmessage: EngineWorker['onmessage'] = null;
  onerror: EngineWorker['onerror'] = null;
  readonly asked: ToEngine[] = [];
  ended = false;

  postMessage(message: ToEngine): void {
    this.asked.push(message);
  }

  terminate(): void {
    this.ended = true;
  }

  say(data: FromEngine): void {
    this.onmessage?.({ data } as MessageEvent<FromEngine>);
  }
}

function fakes() {
  const workers: FakeWorker[] = [];
  const timers: { atMs: number; run: () => void; off: boolean }[] = [];
  let nowMs = 0;
  const parts: ClientParts = {
    start() {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    },
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run, off: false };
      timers.push(timer);
      return () => {
        timer.off = true;
      };
    },
  };
  const pass = (ms: number) => {
    const endMs = nowMs + ms;
    for (;;) {
      const due = timers.filter(({ off, atMs }) => !off && atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      nowMs = due.atMs;
      due.off = true;
      due.run();
    }
    nowMs = endMs;
  };
  return { client: new EngineClient(parts), workers, pass };
}

const question = (name: string) =>
  ({ type: 'try', draft: { ...draft, files: [{ name, text: '' }] }, given: {} }) as const;
const last = <T>(list: readonly T[]): T => list.at(-1)!;

t.test('nothing is asked before the engine is there, and then one question at a time', async (t) => {
  const { client, workers } = fakes();
  const first = client.ask<'try'>(question('a'));
  const load = client.ask<'load'>({ type: 'load', draft });
  t.equal(workers.length, 1);
  t.equal(workers[0]!.asked.length, 0);
  workers[0]!.say({ type: 'ready' });
  t.match(
    workers[0]!.asked.map(({ question: { type } }) => type),
    ['try'],
  );
  workers[0]!.say({ type: 'answer', id: last(workers[0]!.asked).id, answer: tryAnswer });
  t.equal(await first, tryAnswer);
  t.equal(workers[0]!.asked.length, 2);
  workers[0]!.say({ type: 'answer', id: last(workers[0]!.asked).id, answer: tryAnswer });
  t.ok(await load);
});

t.test('a question that waits gives way to a newer one of its type', async (t) => {
  const { client, workers } = fakes();
  const asked = ['a', 'b', 'c'].map((name) => client.ask<'try'>(question(name)));
  const worker = workers[0]!;
  t.equal(await asked[0], null);
  t.equal(await asked[1], null);
  worker.say({ type: 'ready' });
  t.match(worker.asked, [{ question: { draft: { files: [{ name: 'c' }] } } }]);
  worker.say({ type: 'answer', id: worker.asked[0]!.id, answer: tryAnswer });
  t.equal(await asked[2], tryAnswer);
});

t.test('an engine that is late is ended, asked once more anew, and then given up', async (t) => {
  const { client, workers, pass } = fakes();
  const asked = client.ask<'try'>(question('loop'));
  workers[0]!.say({ type: 'ready' });
  t.ok(deadlineMs < 1000);
  pass(deadlineMs - 1);
  t.notOk(workers[0]!.ended);
  pass(1);
  t.ok(workers[0]!.ended, 'ended from outside');
  t.equal(workers.length, 2);
  workers[1]!.say({ type: 'ready' });
  t.match(workers[1]!.asked, [{ question: { draft: { files: [{ name: 'loop' }] } } }]);
  pass(deadlineMs);
  t.ok(workers[1]!.ended);
  await t.rejects(asked, EngineStopped);

  const next = client.ask<'try'>(question('fine'));
  last(workers).say({ type: 'ready' });
  last(workers).say({ type: 'answer', id: last(last(workers).asked).id, answer: tryAnswer });
  t.equal(await next, tryAnswer, 'the next question has an engine of its own');
});

t.test('what shows that it goes on is not late', async (t) => {
  const { client, workers, pass } = fakes();
  const asked = client.ask<'test'>({ type: 'test', draft });
  const worker = workers[0]!;
  worker.say({ type: 'ready' });
  for (let i = 0; i < 20; i++) {
    pass(deadlineMs - 1);
    worker.say({ type: 'beat' });
  }
  t.notOk(worker.ended);
  worker.say({ type: 'answer', id: worker.asked[0]!.id, answer: tryAnswer });
  t.ok(await asked);
});

t.test('but nothing goes on for ever', async (t) => {
  const { client, workers, pass } = fakes();
  const asked = client.ask<'try'>(question('slow'));
  const worker = workers[0]!;
  worker.say({ type: 'ready' });
  for (let i = 0; i < 100 && !worker.ended; i++) {
    pass(deadlineMs - 1);
    worker.say({ type: 'beat' });
  }
  t.ok(worker.ended);
  await t.rejects(asked, /more than 20 s in all/);
});

t.test('an answer of an engine that was ended is not heard', async (t) => {
  const { client, workers, pass } = fakes();
  const asked = client.ask<'try'>(question('a'));
  const [late] = workers;
  late!.say({ type: 'ready' });
  const { id } = late!.asked[0]!;
  pass(deadlineMs);
  late!.say({ type: 'answer', id, answer: tryAnswer });
  workers[1]!.say({ type: 'ready' });
  pass(deadlineMs);
  await t.rejects(asked, /loop without an end/);
});

t.test('an engine that does not start or breaks says so', async (t) => {
  const { client, workers, pass } = fakes();
  const asked = client.ask<'try'>(question('a'));
  pass(60_000);
  await t.rejects(asked, /did not start/);
  const again = client.ask<'try'>(question('a'));
  last(workers).say({ type: 'ready' });
  last(workers).say({ type: 'failed', id: 2, message: 'Error: no memory\n  at x' });
  await t.rejects(again, /the engine failed: Error: no memory$/);
  const closed = client.ask<'try'>(question('a'));
  client.close();
  t.equal(await closed, null);
  t.ok(last(workers).ended);
});
