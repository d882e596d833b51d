import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type FeedPage, TrafficFeed } from '../../../core/console/traffic/feed.ts';
import { readFilter } from '../../../core/console/traffic/filter.ts';
import { type Place, placeText, readPlace } from '../../../core/console/traffic/place.ts';
import { summaryJson, summaryOf } from '../../../core/console/traffic/summary.ts';
import { readQuery } from '../../../core/server/query.ts';
import type { TraceStep } from '../../../sdk/trace.ts';
import { attemptOf, traceOf } from './_traces.ts';

const names = ['status', 'outcome', 'model', 'tenant', 'key', 'feature', 'policy', 'q'];
const filterOf = (query = '') => readFilter(readQuery(`/x?${query}`, names));
const step = (more: Partial<TraceStep>): TraceStep => ({
  hook: 'onRequest',
  file: '10-p.policy.ts',
  name: 'p',
  decision: 'continue',
  startedMs: 0,
  durationUs: 0,
  ...more,
});

t.test('pages put together are the last requests, the newest first, whatever their size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(60),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 25 }),
      async (count, capacity, limit) => {
        const feed = new TrafficFeed(() => undefined, capacity);
        for (let index = 0; index < count; index += 1) {
          feed.add(
            summaryOf(traceOf({ requestId: `r${index}`, status: index % 3 === 0 ? 500 : 200 })),
            1000 + index / 4,
          );
        }
        const expected = Array.from({ length: Math.min(count, capacity) }, (_, back) => count - 1 - back)
          .filter((index) => index % 3 === 0)
          .map((index) => `r${index}`);
        const ids: string[] = [];
        let before: Place | null = null;
        for (let pages = 0; pages <= 60; pages += 1) {
          const page: FeedPage = await feed.page(filterOf('status=5xx'), limit, before);
          ids.push(...page.rows.map(({ summary }) => summary.request_id));
          if (!page.more) break;
          before = page.rows.at(-1)!.place;
        }
        assert.deepEqual(ids, expected);
      },
    ),
    { numRuns: 60 },
  );
});

t.test('a page behind a request that is forgotten has what is older and still there', async (t) => {
  const feed = new TrafficFeed(() => undefined, 2);
  const add = (requestId: string) => feed.add(summaryOf(traceOf({ requestId })), 1000);
  for (const requestId of ['a', 'b']) add(requestId);
  const [newest] = (await feed.page(filterOf(), 1, null)).rows;
  add('c');
  t.match(await feed.page(filterOf(), 10, newest!.place), { rows: [], more: false });
  t.match((await feed.page(filterOf(), 1, null)).rows, [{ summary: { request_id: 'c' } }]);
});

t.test('a clock that is set back changes no order', async (t) => {
  const feed = new TrafficFeed(() => undefined, 10);
  for (const [requestId, nowMs] of [
    ['a', 5000],
    ['b', 3000],
    ['c', 5001],
  ] as const) {
    feed.add(summaryOf(traceOf({ requestId })), nowMs);
  }
  const { rows } = await feed.page(filterOf(), 10, null);
  t.strictSame(
    rows.map(({ summary, place }) => [summary.request_id, place.endedMs]),
    [
      ['c', 5001],
      ['b', 5000],
      ['a', 5000],
    ],
  );
});

t.test('a place survives being text, and other texts are refused', async (t) => {
  const place = { endedMs: Date.UTC(2026, 0, 1), source: 12, seq: 123_456 };
  t.strictSame(readPlace(placeText(place)), place);
  for (const text of ['', 'req_1', '1.2', '1.x.3', '1.2.3.4', `${'z'.repeat(20)}.1.1`]) {
    t.throws(() => readPlace(text), /before: expected the next of another page/, text);
  }
});

t.test('each filter holds by itself, texts as they are', async (t) => {
  const one = summaryOf(
    traceOf({
      requestId: 'req_Abc',
      status: 429,
      outcome: 'denied',
      feature: 'search',
      errorCode: 'rate_limit_exceeded',
    }),
  );
  const yes = [
    '',
    'status=429',
    'status=4xx',
    'outcome=denied',
    'model=test',
    'model=m',
    'tenant=acme',
    'key=k1',
    'feature=search',
    'q=ABC',
    'q=rate_limit',
    'q=acm',
  ];
  for (const query of yes) t.equal(filterOf(query).matches(one), true, query);
  const no = [
    'status=428',
    'status=5xx',
    'outcome=failed',
    'model=tes',
    'tenant=acm',
    'key=k',
    'feature=sea',
    'q=.*',
    'q=zzz',
  ];
  for (const query of no) t.equal(filterOf(query).matches(one), false, query);
  for (const query of ['status=abc', 'status=600', 'outcome=x', `q=${'x'.repeat(201)}`, 'tenants=acme']) {
    t.throws(() => filterOf(query), /expected|characters/i, query);
  }
});

t.test('a policy is asked of the whole record', async (t) => {
  const rule = { policy: 'p', rule: 'r', at: 'x:1', leaves: [], us: 0, fuel: 0 };
  const traces = new Map(
    [
      traceOf({ requestId: 'plugin', steps: [step({ name: 'keys', file: '10-keys.yaml' })] }),
      traceOf({ requestId: 'matched', steps: [step({ rules: [{ ...rule, matched: true }] })] }),
      traceOf({ requestId: 'looked', steps: [step({ rules: [{ ...rule, matched: false }] })] }),
    ].map((trace) => [trace.requestId, trace]),
  );
  const feed = new TrafficFeed((id) => traces.get(id));
  for (const trace of traces.values()) feed.add(summaryOf(trace), 1000);
  feed.add(summaryOf(traceOf({ requestId: 'forgotten' })), 1000);
  const found = async (policy: string) =>
    (await feed.page(filterOf(`policy=${policy}`), 10, null)).rows.map(({ summary }) => summary.request_id);
  t.strictSame(await found('p'), ['matched']);
  t.strictSame(await found('p/r'), ['matched']);
  t.strictSame(await found('p/other'), []);
  t.strictSame(await found('keys'), ['plugin']);
  t.strictSame(await found('10-keys.yaml'), ['plugin']);
});

t.test('a summary says who refused, what a cache said, and what it cost', async (t) => {
  const denied = summaryOf(
    traceOf({
      outcome: 'denied',
      steps: [
        step({ decision: 'deny', shadow: true, name: 'shadow' }),
        step({ decision: 'deny', details: { rule: 'r' } }),
      ],
    }),
  );
  t.equal(denied.denied_by, 'p/r');
  t.equal(
    summaryOf(traceOf({ outcome: 'denied', steps: [step({ decision: 'error', name: 'x' })] })).denied_by,
    'x',
  );
  t.equal(summaryOf(traceOf({ steps: [step({ role: 'cache' })] })).cache, 'miss');
  t.equal(summaryOf(traceOf({ source: 'semantic' })).cache, 'semantic');
  t.equal(summaryOf(traceOf()).cache, null);
  t.equal(summaryOf(traceOf({ attempts: [attemptOf('a', 'timeout'), attemptOf('b')] })).provider, 'b');
  t.equal(summaryOf(traceOf({ alias: 'x'.repeat(5000) })).alias.length, 200);
  t.match(summaryJson(summaryOf(traceOf())), { request_id: 'req_1', at: '2026-01-01T00:00:00.000Z' });
});
