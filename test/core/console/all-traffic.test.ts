import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { AllTraffic } from '../../../core/console/traffic/all-traffic.ts';
import { TrafficFeed } from '../../../core/console/traffic/feed.ts';
import { filterOf } from '../../../core/console/traffic/filter.ts';
import { type Place, placeText, readPlace } from '../../../core/console/traffic/place.ts';
import { summaryOf } from '../../../core/console/traffic/summary.ts';
import type { Trace } from '../../../sdk/trace.ts';
import { FakeFleet } from './_fleet.ts';
import { traceOf } from './_traces.ts';

/** Processes with feeds; each may be asked for the list of all. */
function houseOf(count: number, capacity = 2000) {
  const fleet = new FakeFleet();
  const traces = new Map<string, Trace>();
  const all = Array.from({ length: count }, (_, index) => {
    const feed = new TrafficFeed(
      (id) => traces.get(id),
      capacity,
      () => index + 1,
    );
    const traffic = new AllTraffic(feed, fleet.peersOf(index));
    return { feed, traffic, member: fleet.add({ traffic: (question) => traffic.answer(question) }) };
  });
  const add = (worker: number, nowMs: number, more: Partial<Trace>) => {
    const trace = traceOf(more);
    traces.set(trace.requestId, trace);
    all[worker]!.feed.add(summaryOf(trace), nowMs);
  };
  return { all, add, fleet };
}

const idsOf = (rows: readonly { readonly summary: { readonly request_id: string } }[]) =>
  rows.map(({ summary }) => summary.request_id);

t.test(
  'pages put together are the requests of all, each once and in one order, whoever is asked',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.record({ at: fc.nat(20), worker: fc.nat(3), fits: fc.boolean() }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        fc.infiniteStream(fc.nat(3)),
        async (count, requests, limit, whoIsAsked) => {
          const { all, add } = houseOf(count);
          const sorted = requests.toSorted((a, b) => a.at - b.at);
          for (const [index, { at, worker, fits }] of sorted.entries()) {
            add(worker % count, at, { requestId: `r${index}`, status: fits ? 500 : 200 });
          }
          const ids: string[] = [];
          const times: number[] = [];
          let before: Place | null = null;
          do {
            const { traffic } = all[whoIsAsked.next().value! % count]!;
            const page = await traffic.page(filterOf('status=5xx'), limit, before);
            assert.ok(page.rows.length <= limit);
            ids.push(...idsOf(page.rows));
            times.push(...page.rows.map(({ place }) => place.endedMs));
            // Requests that come meanwhile change nothing of what is older.
            add(whoIsAsked.next().value! % count, 1000, { requestId: `new${ids.length}`, status: 500 });
            before = page.next === null ? null : readPlace(placeText(page.next));
          } while (before !== null);
          const expected = sorted.flatMap(({ fits }, index) => (fits ? [`r${index}`] : []));
          assert.deepEqual(ids.toSorted(), expected.toSorted());
          assert.deepEqual(
            times,
            times.toSorted((a, b) => b - a),
          );
        },
      ),
      { numRuns: 100 },
    );
  },
);

t.test('long pages come in pieces, and are whole', async (t) => {
  const { all, add, fleet } = houseOf(3);
  for (let index = 0; index < 1500; index += 1) add(index % 3, index, { requestId: `r${index}` });
  const page = await all[0]!.traffic.page(filterOf(''), 1000, null);
  t.strictSame(
    idsOf(page.rows),
    Array.from({ length: 1000 }, (_, back) => `r${1499 - back}`),
  );
  t.ok(page.next !== null);
  t.ok(fleet.asked.every((question) => question.type === 'traffic' && question.limit <= 200));
  t.equal(fleet.asked.length, 5);
});

t.test('who does not answer is missing, and that is said of the whole page', async (t) => {
  const { all, add } = houseOf(3);
  for (let index = 0; index < 900; index += 1) add(index % 3, index, { requestId: `r${index}` });
  const busy = all[2]!.member;
  busy.answers = false;
  let rounds = 0;
  all[1]!.member.delay = async () => {
    rounds += 1;
    // It is back before the page is complete.
    if (rounds === 2) busy.answers = true;
  };
  const page = await all[0]!.traffic.page(filterOf(''), 500, null);
  t.match(page.peers, [{ state: 'serving' }, { state: 'serving' }, { state: 'silent' }]);
  t.equal(page.rows.length, 500);
  t.equal(new Set(idsOf(page.rows)).size, 500);
});

t.test('a policy is looked for in the records of each', async (t) => {
  const { all, add } = houseOf(2);
  const step = {
    hook: 'onRequest',
    file: 'x',
    name: 'guard',
    decision: 'deny',
    startedMs: 0,
    durationUs: 0,
  } as const;
  add(0, 1, { requestId: 'a', steps: [step] });
  add(1, 2, { requestId: 'b', steps: [step] });
  add(1, 3, { requestId: 'c' });
  for (const { traffic } of all) {
    t.strictSame(idsOf((await traffic.page(filterOf('policy=guard'), 10, null)).rows), ['b', 'a']);
  }
});
