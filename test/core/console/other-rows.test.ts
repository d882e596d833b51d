import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { TailQuestion } from '../../../core/console/peers/questions.ts';
import { TrafficFeed } from '../../../core/console/traffic/feed.ts';
import { answerTail, TailReader } from '../../../core/console/traffic/other-rows.ts';
import { summaryOf } from '../../../core/console/traffic/summary.ts';
import { WaitingRows } from '../../../core/console/traffic/waiting-rows.ts';
import type { Trace } from '../../../sdk/trace.ts';
import { FakeFleet } from './_fleet.ts';
import { traceOf } from './_traces.ts';

const asked = (query: string, after: Record<string, number> = {}, sinceMs = 0): TailQuestion => ({
  type: 'tail',
  filters: [{ query, sinceMs, after }],
});

function feedOf(capacity = 2000, source = 1) {
  const traces = new Map<string, Trace>();
  const feed = new TrafficFeed(
    (id) => traces.get(id),
    capacity,
    () => source,
  );
  const add = (requestId: string, nowMs: number, more: Partial<Trace> = {}) => {
    const trace = traceOf({ requestId, ...more });
    traces.set(requestId, trace);
    feed.add(summaryOf(trace), nowMs);
  };
  return { feed, add };
}

t.test('each fetch has what came since the last, whatever of it was lost on the way', async () => {
  const operation = fc.oneof(
    { weight: 4, arbitrary: fc.record({ worker: fc.nat(1), tenant: fc.constantFrom('a', 'b') }) },
    { weight: 2, arbitrary: fc.constant('fetch' as const) },
    { weight: 1, arbitrary: fc.constant('fetch, and one is busy' as const) },
    { weight: 1, arbitrary: fc.constant('one is replaced' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 60 }), async (operations) => {
      const fleet = new FakeFleet();
      fleet.add();
      const start = (source: number) => {
        const { feed, add } = feedOf(2000, source);
        return { add, answerers: { tail: (question: TailQuestion) => answerTail(feed, question) } };
      };
      const workers = [start(1), start(2)];
      for (const { answerers } of workers) fleet.add(answerers);
      const reader = new TailReader(fleet.peersOf(0));
      const got: string[] = [];
      const fetch = async () => {
        const filters = new Map([
          ['tenant=a', 1000],
          ['', 1000],
        ]);
        const { answers } = await reader.next(filters);
        for (const { rows, skipped } of answers) {
          assert.deepEqual(skipped, [0, 0]);
          for (const { row, fits } of rows) {
            assert.deepEqual(fits, row.summary.tenant === 'a' ? [0, 1] : [1]);
            got.push(row.summary.request_id);
          }
        }
      };
      const expected: string[] = [];
      let next = 3;
      workers[0]!.add('before', 999);
      for (const [index, operation] of operations.entries()) {
        if (typeof operation === 'object') {
          workers[operation.worker]!.add(`r${index}`, 1000 + index, { tenant: operation.tenant });
          expected.push(`r${index}`);
        } else if (operation === 'one is replaced') {
          // What nobody fetched of it is gone with it.
          await fetch();
          workers[1] = start(next);
          next += 1;
          fleet.members[2]!.answerers = workers[1]!.answerers;
        } else {
          fleet.members[2]!.answers = operation === 'fetch';
          await fetch();
          fleet.members[2]!.answers = true;
        }
      }
      await fetch();
      assert.deepEqual(got.toSorted(), expected.toSorted());
    }),
    { numRuns: 100 },
  );
});

t.test('a filter that comes later is told what ended since it is watched', async (t) => {
  const { feed, add } = feedOf();
  const fleet = new FakeFleet();
  fleet.add();
  fleet.add({ tail: (question) => answerTail(feed, question) });
  const reader = new TailReader(fleet.peersOf(0));
  add('a', 10);
  await reader.next(new Map([['', 0]]));
  add('b', 20);
  add('c', 30);
  const { answers } = await reader.next(
    new Map([
      ['', 0],
      ['tenant=acme', 25],
    ]),
  );
  t.match(
    answers[0]!.rows.map(({ row, fits }) => [row.summary.request_id, fits]),
    [
      ['b', [0]],
      ['c', [0, 1]],
    ],
  );
});

t.test('of more than a hundred rows the rest is counted, and of what is forgotten all', async (t) => {
  const { feed, add } = feedOf(150);
  for (let index = 0; index < 400; index += 1) add(`r${index}`, index);
  const answer = await answerTail(feed, asked('', { 1: 0 }));
  t.equal(answer.rows.length, 100);
  t.equal(answer.rows[0]!.row.summary.request_id, 'r250');
  t.strictSame(answer.skipped, [300]);
  t.equal(answer.last, 400);
  t.strictSame((await answerTail(feed, asked('', { 1: answer.last }))).rows, []);
});

t.test('records are not parsed without an end: what was not looked at is left out', async (t) => {
  const { feed, add } = feedOf();
  const step = {
    hook: 'onRequest',
    file: 'x',
    name: 'p',
    decision: 'deny',
    startedMs: 0,
    durationUs: 0,
  } as const;
  for (let index = 0; index < 450; index += 1)
    add(`r${index}`, index, { steps: index % 10 === 0 ? [step] : [] });
  const answer = await answerTail(feed, {
    type: 'tail',
    filters: [
      { query: 'policy=p', sinceMs: 0, after: {} },
      { query: 'q=r44', sinceMs: 0, after: {} },
    ],
  });
  t.equal(answer.rows.filter(({ fits }) => fits.includes(0)).length, 40);
  t.strictSame(answer.skipped, [50, 0], 'other filters are not short of anything');
  t.equal(answer.rows.filter(({ fits }) => fits.includes(1)).length, 11);
});

t.test('what waits is taken of each process in turn, a hundred at once', async (t) => {
  const waiting = new WaitingRows();
  t.equal(waiting.empty, true);
  const add = (source: number, count: number, atMs: number) => {
    for (let index = 0; index < count; index += 1) {
      waiting.add(source, summaryOf(traceOf({ requestId: `${source}-${index}`, startedAtMs: atMs + index })));
    }
  };
  add(0, 500, 1000);
  add(1, 30, 0);
  add(2, 60, 2000);
  waiting.skip(7);
  const { rows, skipped } = waiting.take();
  const of = (source: number) => rows.filter(({ request_id: id }) => id.startsWith(`${source}-`)).length;
  t.strictSame([of(0), of(1), of(2)], [35, 30, 35]);
  t.equal(skipped, 7 + 500 + 30 + 60 - 100);
  t.strictSame(
    rows.map(({ atMs }) => atMs),
    rows.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
  );
  t.equal(waiting.empty, true);
  t.strictSame(waiting.take(), { rows: [], skipped: 0 });
});
