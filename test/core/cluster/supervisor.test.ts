import t, { type Test } from 'tap';
import type { Peer } from '../../../core/cluster/fleet.ts';
import { Line, type Port } from '../../../core/cluster/line.ts';
import type { FleetQuestion, MetricsJson, PrimaryNews, WorkerNews } from '../../../core/cluster/messages.ts';
import { Supervisor } from '../../../core/cluster/supervisor.ts';
import type { WorkerProcess } from '../../../core/cluster/worker-process.ts';
import { FakeClock, recordingLog, settled } from '../../../core/testing.ts';

/** A process that only exists here. */
class FakeWorker {
  readonly heard: Exclude<PrimaryNews, { type: 'welcome' }>[] = [];
  welcome: Extract<PrimaryNews, { type: 'welcome' }> | null = null;
  /** What it answers when the others ask. */
  peerAnswer: unknown = 'fine';
  readonly questions: unknown[] = [];
  readonly line: Line<FleetQuestion, FleetQuestion, PrimaryNews, WorkerNews>;
  readonly process: WorkerProcess;
  answers = true;
  requests = 0;
  gone = false;
  readonly #exits: ((how: string) => void)[] = [];

  constructor(clock: FakeClock, pid: number) {
    let toWorker: (message: unknown) => void = () => undefined;
    let toPrimary: (message: unknown) => void = () => undefined;
    const later = (run: () => void) => void Promise.resolve().then(run);
    const port: Port = {
      send: (message) => later(() => toWorker(structuredClone(message))),
      onMessage: (run) => {
        toPrimary = run;
      },
    };
    this.process = {
      pid,
      port,
      kill: () => this.exit('SIGKILL'),
      onExit: (run) => void this.#exits.push(run),
    };
    this.line = new Line(
      {
        send: (message) => later(() => toPrimary(structuredClone(message))),
        onMessage: (run) => {
          toWorker = run;
        },
      },
      clock,
      {
        heard: (news) => {
          if (news.type === 'welcome') this.welcome = news;
          else this.heard.push(news);
        },
        answer: (asked) => {
          if (!this.answers) return new Promise(() => undefined);
          if (asked.type === 'peers') this.questions.push(asked.question);
          return asked.type === 'metrics' ? this.metrics() : this.peerAnswer;
        },
      },
    );
  }

  metrics() {
    const metrics = [
      {
        name: 'requests_total',
        help: 'r',
        type: 'counter',
        aggregator: 'sum',
        values: [{ value: this.requests, labels: {} }],
      },
      { name: 'open', help: 'o', type: 'gauge', aggregator: 'sum', values: [{ value: 1, labels: {} }] },
    ] as unknown as MetricsJson;
    return { metrics, residentBytes: 1000 };
  }

  ready(): void {
    this.line.tell({ type: 'ready', url: 'http://127.0.0.1:1', status: 'ok' });
  }

  async ask(question: unknown): Promise<readonly Peer[]> {
    return (await this.line.ask({ type: 'peers', question, limitMs: 500 }, 5000)) as readonly Peer[];
  }

  exit(how: string): void {
    if (this.gone) return;
    this.gone = true;
    for (const run of this.#exits) run(how);
  }
}

function supervise(_: Test, count: number) {
  const clock = new FakeClock();
  const log = recordingLog();
  const workers: FakeWorker[] = [];
  const supervisor = new Supervisor({
    count,
    clock,
    log,
    secret: 'a secret',
    stopLimitMs: 1000,
    fork() {
      const worker = new FakeWorker(clock, workers.length + 1);
      workers.push(worker);
      return worker.process;
    },
  });
  const metrics = async (from: FakeWorker) => String(await from.line.ask({ type: 'metrics' }, 5000));
  return { clock, log, workers, supervisor, metrics };
}

/** Lets messages and promises come to their end. */
async function soon(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await settled();
}

async function started(t: Test, count: number) {
  const all = supervise(t, count);
  const starting = all.supervisor.start();
  await soon();
  all.workers[0]!.ready();
  await soon();
  for (const worker of all.workers.slice(1)) worker.ready();
  await starting;
  return all;
}

t.test('the first worker starts alone, and the others when it listens', async (t) => {
  const { workers, supervisor } = supervise(t, 3);
  const starting = supervisor.start();
  await soon();
  t.equal(workers.length, 1);
  workers[0]!.ready();
  await soon();
  t.equal(workers.length, 3);
  workers[1]!.ready();
  workers[2]!.ready();
  t.match(await starting, { url: 'http://127.0.0.1:1', status: 'ok' });
});

t.test('where one ends before it listens nothing is left', async (t) => {
  const { workers, supervisor } = supervise(t, 2);
  const starting = supervisor.start();
  await soon();
  workers[0]!.ready();
  await soon();
  const failed = t.rejects(starting, { message: 'it ended with code 1 before it listened' });
  workers[1]!.exit('code 1');
  await soon();
  t.match(workers[0]!.heard, [{ type: 'drain', alone: false, delay: false }]);
  workers[0]!.exit('code 0');
  await failed;
});

t.test(
  'a worker that crashes is replaced, later each time, and at once again when it was steady',
  async (t) => {
    const { workers, clock, log } = await started(t, 1);
    const pauses: number[] = [];
    for (let crash = 0; crash < 12; crash += 1) {
      const before = workers.length;
      workers.at(-1)!.exit('code 7');
      let waited = 0;
      while (workers.length === before && waited < 60_000) {
        await clock.advance(100);
        await soon();
        waited += 100;
      }
      pauses.push(waited);
      workers.at(-1)!.ready();
      await soon();
    }
    t.strictSame(pauses.slice(0, 5), [100, 200, 400, 800, 1600]);
    t.strictSame(pauses.slice(-2), [30_000, 30_000]);
    await clock.advance(61_000);
    workers.at(-1)!.exit('SIGSEGV');
    const before = workers.length;
    await clock.advance(100);
    await soon();
    t.equal(workers.length, before + 1);
    t.ok(log.lines.some(({ fields }) => (fields as { how?: string }).how === 'SIGSEGV'));
  },
);

t.test('one that cannot start anew is tried again, and the others serve', async (t) => {
  const { workers, clock, log } = await started(t, 2);
  workers[0]!.exit('code 1');
  await clock.advance(100);
  await soon();
  workers[2]!.exit('code 1');
  await soon();
  t.ok(log.lines.some(({ message }) => message === 'a worker did not start'));
  await clock.advance(200);
  await soon();
  t.equal(workers.length, 4);
  t.notOk(workers[1]!.gone);
});

t.test('a restart replaces one after the other: the new one listens before the old one stops', async (t) => {
  const { workers, supervisor } = await started(t, 2);
  const told: number[] = [];
  const restarting = supervisor.restart((worker) => told.push(worker));
  t.equal(supervisor.restart(), restarting, 'a second one joins the first');
  await soon();
  t.equal(workers.length, 3);
  t.strictSame(workers[0]!.heard, [], 'until the new one listens nothing changes');
  workers[2]!.ready();
  await soon();
  t.strictSame(workers[0]!.heard, [{ type: 'drain', alone: true, delay: true }]);
  t.equal(workers.length, 3, 'the next one waits for the end of this one');
  workers[0]!.exit('code 0');
  await soon();
  t.strictSame(told, [1]);
  workers[3]!.ready();
  await soon();
  workers[1]!.exit('code 0');
  await restarting;
  t.strictSame(told, [1, 2]);
});

t.test('a restart stops where a new worker does not start; the old ones stay', async (t) => {
  const { workers, supervisor } = await started(t, 2);
  const restarting = supervisor.restart();
  const failed = t.rejects(restarting, /worker 1 was not replaced: it ended with code 1/);
  await soon();
  workers[2]!.exit('code 1');
  await failed;
  t.strictSame(workers[0]!.heard, []);
  t.notOk(workers[0]!.gone || workers[1]!.gone);
  const again = supervisor.restart();
  await soon();
  t.equal(workers.length, 4, 'and may be tried again');
  workers[3]!.ready();
  await soon();
  workers[0]!.exit('code 0');
  await soon();
  workers[4]!.ready();
  await soon();
  workers[1]!.exit('code 0');
  await again;
});

t.test('a worker that does not end in time is ended; one that never listens, too', async (t) => {
  const { workers, supervisor, clock } = await started(t, 1);
  const restarting = supervisor.restart();
  const failed = t.rejects(restarting, /did not listen within 120 s/);
  await soon();
  await clock.advance(120_000);
  await failed;
  t.ok(workers[1]!.gone);
  const stopping = supervisor.stop(true);
  await soon();
  t.strictSame(workers[0]!.heard, [{ type: 'drain', alone: false, delay: true }]);
  await clock.advance(1000);
  await stopping;
  t.ok(workers[0]!.gone);
  t.equal(workers.length, 2, 'none takes its place');
});

t.test('what they count is one sum, which never shrinks', async (t) => {
  const { workers, supervisor, metrics, clock } = await started(t, 2);
  workers[0]!.requests = 3;
  workers[1]!.requests = 4;
  t.match(await metrics(workers[0]!), /^requests_total 7$/m);
  t.match(await metrics(workers[1]!), /^open 2$/m);
  t.match(await metrics(workers[1]!), /^sluice_workers\{state="ready"\} 2$/m);
  const restarting = supervisor.restart();
  await soon();
  workers[2]!.ready();
  await soon();
  workers[0]!.requests = 5;
  workers[0]!.line.tell({ type: 'last', last: workers[0]!.metrics() });
  await soon();
  workers[0]!.exit('code 0');
  await soon();
  workers[3]!.ready();
  await soon();
  workers[1]!.exit('SIGKILL');
  await restarting;
  await soon();
  workers[2]!.requests = 1;
  const text = await metrics(workers[2]!);
  t.match(text, /^requests_total 10$/m, '5 and the 4 that were last heard of, and 1');
  t.match(text, /^open 2$/m, 'what is true now is of those that are there');
  t.match(text, /^sluice_rolling_restarts_total 1$/m);
  workers[3]!.answers = false;
  const slow = metrics(workers[2]!);
  await soon();
  await clock.advance(2000);
  t.match(await slow, /^requests_total 10$/m, 'one that is busy does not hold it up');
});

t.test('a reload that one is asked for reaches the others', async (t) => {
  const { workers, supervisor } = await started(t, 3);
  workers[1]!.line.tell({ type: 'reload' });
  await soon();
  t.strictSame(
    workers.map(({ heard }) => heard.length),
    [1, 0, 1],
  );
  supervisor.reload();
  await soon();
  t.ok(workers.every(({ heard }) => heard.at(-1)?.type === 'reload'));
});

t.test('each is told its id and what all of them know, before anything else', async (t) => {
  const { workers } = await started(t, 3);
  t.ok(workers.every(({ welcome }) => welcome?.secret === 'a secret'));
  t.equal(new Set(workers.map(({ welcome }) => welcome?.id)).size, 3);
});

t.test('what one asks is answered by all others, and it is told how each place stands', async (t) => {
  const { workers, clock } = await started(t, 3);
  workers[1]!.peerAnswer = { rows: [1] };
  const since = Date.UTC(2026, 0, 1);
  const line = { state: 'serving', sinceMs: since, replaced: false, self: false };
  t.strictSame(await workers[0]!.ask({ type: 'x' }), [
    { ...line, worker: 1, pid: 1, self: true },
    { ...line, worker: 2, pid: 2, answer: { rows: [1] } },
    { ...line, worker: 3, pid: 3, answer: 'fine' },
  ]);
  t.strictSame(workers[1]!.questions, [{ type: 'x' }]);
  t.strictSame(workers[0]!.questions, [], 'it does not ask itself');
  workers[2]!.answers = false;
  const asked = workers[0]!.ask({});
  await soon();
  await clock.advance(500);
  t.match(await asked, [{ self: true }, { answer: { rows: [1] } }, { worker: 3, pid: 3, state: 'silent' }]);
  workers[2]!.answers = true;
  workers[2]!.peerAnswer = null;
  t.match(await workers[0]!.ask({}), [{}, {}, { state: 'silent' }], 'one that cannot answer');
});

t.test('a place where nobody serves is told, and who came into it later', async (t) => {
  const { workers, clock } = await started(t, 2);
  workers[1]!.exit('SIGKILL');
  t.match(await workers[0]!.ask({}), [
    { self: true },
    { worker: 2, pid: null, state: 'starting', sinceMs: null, replaced: true, self: false },
  ]);
  await clock.advance(100);
  await soon();
  t.match(await workers[0]!.ask({}), [{}, { worker: 2, pid: 3, state: 'starting', replaced: true }]);
  const join = workers[2]!.ask({ type: 'join' });
  t.match(await join, [
    { worker: 1, answer: 'fine' },
    { worker: 2, pid: 3, self: true },
  ]);
  workers[2]!.ready();
  await soon();
  t.match(await workers[0]!.ask({}), [
    {},
    {
      worker: 2,
      pid: 3,
      state: 'serving',
      replaced: true,
      sinceMs: Date.UTC(2026, 0, 1) + 100,
      answer: 'fine',
    },
  ]);
});

t.test('one that dies while it is asked does not hold up the others', async (t) => {
  const { workers } = await started(t, 3);
  workers[2]!.answers = false;
  const asked = workers[0]!.ask({});
  await soon();
  workers[2]!.exit('SIGKILL');
  t.match(await asked, [{ self: true }, { answer: 'fine' }, { worker: 3, state: 'starting' }]);
});

t.test('during a restart both in a place are asked', async (t) => {
  const { workers, supervisor } = await started(t, 2);
  const restarting = supervisor.restart();
  await soon();
  t.match(
    (await workers[1]!.ask({})).map(({ pid, state }) => [pid, state]),
    [
      [1, 'serving'],
      [2, 'serving'],
    ],
    'one that starts has nothing to tell',
  );
  workers[2]!.ready();
  await soon();
  t.match(
    (await workers[1]!.ask({})).map(({ worker, pid, state, replaced }) => [worker, pid, state, replaced]),
    [
      [1, 3, 'serving', true],
      [1, 1, 'draining', false],
      [2, 2, 'serving', false],
    ],
  );
  workers[0]!.exit('code 0');
  await soon();
  workers[3]!.ready();
  await soon();
  workers[1]!.exit('code 0');
  await restarting;
});

t.test('a record is there as soon as one has it, however busy the others are', async (t) => {
  const { workers } = await started(t, 3);
  workers[1]!.answers = false;
  workers[2]!.peerAnswer = { requestId: 'r' };
  t.strictSame(await workers[0]!.line.ask({ type: 'trace', requestId: 'r' }, 5000), { requestId: 'r' });
  workers[1]!.answers = true;
  for (const worker of workers) worker.peerAnswer = null;
  t.equal(await workers[0]!.line.ask({ type: 'trace', requestId: 'x' }, 5000), undefined);
});
