import t, { type Test } from 'tap';
import type { EvalSchedule } from '../../../../core/config/evals.ts';
import { type EvalRuns, memoryEvalRuns } from '../../../../core/evals/eval-runs.ts';
import { EvalScheduler, type SchedulerDeps } from '../../../../core/evals/schedule/scheduler.ts';
import { createMemoryCounters } from '../../../../core/stores/counters/memory.ts';
import type { Counters } from '../../../../sdk/counters.ts';
import { Secret } from '../../../../sdk/secret.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { countingIds, recordingLog } from '../../../../sdk/testing/fakes.ts';
import { ScriptedUpstream } from '../../../../sdk/testing/upstream.ts';

const hourMs = 3_600_000;
const suiteText = `
prompts: ["{{question}}"]
tests:
  - { description: refunds, vars: { question: refund? }, assert: [{ type: icontains, value: five }] }
  - { description: colours, vars: { question: colour? }, assert: [{ type: icontains, value: blue }] }
`;
const schedule: EvalSchedule = {
  suite: 'evals/support.yaml',
  file: '/evals/support.yaml',
  everyMs: hourMs,
  against: ['test'],
  key: new Secret('sk-evals'),
  webhook: new Secret('http://hooks.test/in/T0?x=1'),
};

interface Fleet {
  readonly clock: FakeClock;
  readonly counters: Counters;
  readonly runs: EvalRuns;
  /** What the models answer by question; a number is a status. */
  readonly answers: Record<string, string | number>;
  readonly asked: Request[];
  readonly ids: ReturnType<typeof countingIds>;
  text: string;
}

function fleet(): Fleet {
  const clock = new FakeClock();
  return {
    clock,
    counters: createMemoryCounters({ clock }),
    runs: memoryEvalRuns(),
    answers: { 'refund?': 'Five days.', 'colour?': 'Blue.' },
    asked: [],
    ids: countingIds(),
    text: suiteText,
  };
}

/** Answers nothing until nobody waits any more. */
const never: SchedulerDeps['send'] = (request) =>
  new Promise((_, reject) => {
    request.signal.addEventListener('abort', () => reject(new Error('gone')));
  });

function start(t: Test, shared: Fleet, more: Partial<SchedulerDeps> = {}, schedules = [schedule]) {
  const log = recordingLog();
  const http = new ScriptedUpstream();
  const deps: SchedulerDeps = {
    clock: shared.clock,
    ids: shared.ids,
    log,
    http,
    counters: () => shared.counters,
    runs: () => shared.runs,
    schedules: () => schedules,
    masterKey: () => 'sk-master',
    firstAlias: () => 'first',
    readFile: async () => shared.text,
    async send(request) {
      shared.asked.push(request);
      const { messages } = (await request.json()) as { messages: { content: string }[] };
      const answer = shared.answers[messages[0]!.content]!;
      if (typeof answer === 'number') return Response.json({ error: { message: 'no' } }, { status: answer });
      return Response.json(
        { choices: [{ message: { content: answer } }], usage: { total_tokens: 8 } },
        { headers: { 'x-gateway-cost-usd': '0.001', 'x-gateway-policy-version': 'v1' } },
      );
    },
    ...more,
  };
  const scheduler = new EvalScheduler(deps);
  scheduler.start();
  t.teardown(() => scheduler.close());
  const events = () => log.lines.map(({ fields }) => (fields as { event?: string }).event);
  return { scheduler, log, http, events };
}

t.test('a suite runs once in each stretch, is paid by its key and feature, and is kept', async (t) => {
  const shared = fleet();
  const { scheduler, events } = start(t, shared);
  await shared.clock.advance(60_000);
  t.equal(shared.asked.length, 2, 'what the stretch lacks is run after the start');
  t.equal(shared.asked[0]!.headers.get('authorization'), 'Bearer sk-evals');
  t.equal(shared.asked[0]!.headers.get('x-feature-id'), 'evals');
  t.equal(shared.asked[0]!.headers.get('x-sluice-cache'), 'bypass');
  await shared.clock.advance(50 * 60_000);
  t.equal(shared.asked.length, 2);
  await shared.clock.advance(10 * 60_000);
  t.equal(shared.asked.length, 4);
  const [status] = scheduler.status();
  t.match(status, { running: false, problem: null, counts: { passed: 2 } });
  t.match(status!.last, {
    outcome: 'passed',
    result: { passRate: 1, costUsd: 0.002, policyVersions: ['v1'] },
  });
  t.equal((await shared.runs.newest(schedule.suite, 10)).length, 2);
  t.strictSame(events(), ['eval_run', 'eval_run']);
});

t.test('of several gateways one runs it, and all of them know what came', async (t) => {
  const shared = fleet();
  const gateways = [start(t, shared), start(t, shared), start(t, shared)];
  await shared.clock.advance(6 * hourMs - 60_000);
  t.equal(shared.asked.length, 6 * 2);
  for (const { scheduler } of gateways) t.equal(scheduler.status()[0]!.last?.result.passRate, 1);
  const counts = gateways.map(({ scheduler }) => scheduler.status()[0]!.counts.passed ?? 0);
  t.equal(
    counts.reduce((sum, count) => sum + count),
    6,
  );
});

t.test('a gateway that dies while it runs a suite is replaced once its lease is over', async (t) => {
  const shared = fleet();
  const dead = new FakeClock();
  // Its clock stands still from the first question on: nothing of it happens any more.
  const first = start(t, shared, { clock: dead, send: never });
  await dead.advance(5_000);
  const second = start(t, shared);
  await shared.clock.advance(60_000);
  t.equal(shared.asked.length, 0, 'the lease is the other one’s');
  t.equal(first.scheduler.status()[0]!.running, true);
  await shared.clock.advance(120_000);
  t.equal(shared.asked.length, 2);
  t.equal(second.scheduler.status()[0]!.last?.outcome, 'passed');
});

t.test('a run that is longer than its lease keeps it', async (t) => {
  const shared = fleet();
  let answer = (): void => undefined;
  const waits = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const slow = start(t, shared, {
    async send() {
      await waits;
      return Response.json({ choices: [{ message: { content: 'Five, blue.' } }] });
    },
  });
  await shared.clock.advance(10_000);
  const other = start(t, shared);
  await shared.clock.advance(10 * 60_000);
  t.equal(shared.asked.length, 0);
  answer();
  await shared.clock.advance(60_000);
  t.equal(shared.asked.length, 0);
  t.equal(slow.scheduler.status()[0]!.counts.passed, 1);
  t.equal(other.scheduler.status()[0]!.last?.outcome, 'passed');
});

t.test(
  'what got worse is told once, in the log and the webhook, and so is that it is well again',
  async (t) => {
    const shared = fleet();
    const { scheduler, log, http, events } = start(t, shared);
    http.reply({ status: 200 }, { status: 200 }, { status: 200 });
    await shared.clock.advance(60_000);
    shared.answers['refund?'] = 'Six <days>.';
    await shared.clock.advance(hourMs);
    t.match(
      log.lines.find(({ fields }) => (fields as { event?: string }).event === 'eval_regression'),
      {
        level: 'warn',
        fields: {
          suite: schedule.suite,
          outcome: 'regressed',
          pass_ratio: 0.5,
          pass_ratio_before: 1,
          regressed: [{ model: 'test', case: 'refunds', pass_ratio_before: 1, pass_ratio: 0 }],
        },
      },
    );
    t.equal(http.calls.length, 1);
    t.match(http.calls[0]!.request, { method: 'POST', origin: 'http://hooks.test', path: '/in/T0?x=1' });
    t.match(http.calls[0]!.json, { event: 'eval_regression', regressed_cases: 1 });
    t.match((http.calls[0]!.json as { text: string }).text, /got worse: 50 % .* test: refunds\./);
    t.notMatch(JSON.stringify(http.calls[0]!.json), /Six/, 'no answer is in it');
    await shared.clock.advance(2 * hourMs);
    shared.answers['colour?'] = 503;
    await shared.clock.advance(hourMs);
    t.match(scheduler.status()[0]!.last, { outcome: 'regressed' }, 'the other case is known to be worse');
    shared.answers['refund?'] = 503;
    await shared.clock.advance(hourMs);
    t.equal(scheduler.status()[0]!.last?.outcome, 'incomplete');
    shared.answers['refund?'] = 'Six.';
    shared.answers['colour?'] = 'Blue.';
    await shared.clock.advance(hourMs);
    t.equal(http.calls.length, 1, 'the same cases are told once');
    shared.answers['colour?'] = 'Red.';
    await shared.clock.advance(hourMs);
    t.equal(http.calls.length, 2, 'other cases are news');
    t.equal(scheduler.status()[0]!.last?.regressed.length, 2);
    shared.answers['refund?'] = 'Five.';
    shared.answers['colour?'] = 'Blue.';
    await shared.clock.advance(hourMs);
    t.match(http.calls[2]!.json, { event: 'eval_recovered' });
    t.strictSame(
      events().filter((name) => name !== 'eval_run'),
      ['eval_regression', 'eval_regression', 'eval_recovered'],
    );
  },
);

t.test('a key and a webhook that change while a suite runs are used from then on', async (t) => {
  const shared = fleet();
  shared.answers['colour?'] = 'Red.';
  let now = schedule;
  const asked: (string | null)[] = [];
  const { http } = start(t, shared, {
    schedules: () => [now],
    async send(request) {
      asked.push(request.headers.get('authorization'));
      now = { ...schedule, key: new Secret('sk-later'), webhook: new Secret('http://hooks.test/in/later') };
      return Response.json({ choices: [{ message: { content: 'Five days.' } }] });
    },
  });
  // As one that was revoked answers, and the last change comes meanwhile.
  http.otherwise(({ path }) => {
    now = { ...schedule, webhook: new Secret('http://hooks.test/in/last') };
    return { status: path === '/in/last' ? 200 : 410 };
  });
  await shared.clock.advance(60_000);
  t.equal(asked[0], 'Bearer sk-evals');
  t.equal(asked.at(-1), 'Bearer sk-later');
  t.strictSame(
    http.calls.map(({ request }) => request.path),
    ['/in/later', '/in/last'],
  );
});

t.test('questions without an answer are no regression, and a bad first run is told as such', async (t) => {
  const shared = fleet();
  const { scheduler, http, events } = start(t, shared);
  http.reply({ status: 200 }, { status: 200 });
  shared.answers['refund?'] = 'Six.';
  await shared.clock.advance(60_000);
  t.equal(scheduler.status()[0]!.last?.outcome, 'failed');
  t.match(http.calls[0]!.json, { event: 'eval_failed', pass_ratio: 0.5 });
  shared.answers['refund?'] = 'Five.';
  await shared.clock.advance(hourMs);
  t.match(http.calls[1]!.json, { event: 'eval_recovered' });
  shared.answers['refund?'] = 503;
  await shared.clock.advance(hourMs);
  t.match(scheduler.status()[0]!.last, { outcome: 'incomplete', regressed: [] });
  t.equal(http.calls.length, 2);
  t.equal(events().filter((name) => name === 'eval_regression').length, 0);
});

t.test('an edited suite begins anew', async (t) => {
  const shared = fleet();
  const { scheduler, http } = start(t, shared);
  await shared.clock.advance(60_000);
  shared.answers['refund?'] = 'Six.';
  shared.text = suiteText.replace('value: five', 'value: six');
  await shared.clock.advance(hourMs);
  t.equal(scheduler.status()[0]!.last?.outcome, 'passed');
  t.equal(http.calls.length, 0);
});

t.test('a suite that cannot be read is told once in a stretch, and runs again once it can', async (t) => {
  const shared = fleet();
  const { scheduler, log, events } = start(t, shared);
  shared.text = 'tests: nothing';
  await shared.clock.advance(30 * 60_000);
  t.strictSame(events(), ['eval_error']);
  t.match(log.lines[0]!.fields, { problem: /support\.yaml:1:\d+: .*list of tests/ });
  t.match(scheduler.status()[0], { last: null, counts: { error: 1 } });
  shared.text = suiteText;
  await shared.clock.advance(hourMs);
  t.match(scheduler.status()[0], { problem: null, last: { outcome: 'passed' } });
});

t.test('without counters nobody runs anything, and that is said', async (t) => {
  const shared = fleet();
  const { events, scheduler } = start(t, {
    ...shared,
    counters: {
      ...shared.counters,
      admit: async (_id, reservations) => ({
        admitted: true,
        degraded: true,
        states: reservations.map(() => ({ spent: 0, held: 1 })),
      }),
      settle: () => undefined,
    },
  });
  await shared.clock.advance(2 * hourMs);
  t.equal(shared.asked.length, 0);
  t.strictSame(events(), ['eval_error']);
  t.match(scheduler.status()[0]!.problem, /counters are out of reach/);
});

t.test('a close breaks a run off, and another gateway does it again', async (t) => {
  const shared = fleet();
  const { scheduler } = start(t, shared, {
    send: never,
  });
  await shared.clock.advance(10_000);
  t.equal(scheduler.status()[0]!.running, true);
  await scheduler.close();
  t.equal((await shared.runs.newest(schedule.suite, 1)).length, 0);
  start(t, shared);
  await shared.clock.advance(10_000);
  t.equal(shared.asked.length, 2);
});

t.test('no timer is left after a close', async (t) => {
  const shared = fleet();
  const { scheduler } = start(t, shared);
  await shared.clock.advance(hourMs);
  await scheduler.close();
  t.equal(shared.clock.pending, 0);
});
