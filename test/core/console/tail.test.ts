import t from 'tap';
import { Peers } from '../../../core/console/peers/peers.ts';
import { TrafficFeed } from '../../../core/console/traffic/feed.ts';
import { readFilter, type TrafficFilter } from '../../../core/console/traffic/filter.ts';
import { answerTail } from '../../../core/console/traffic/other-rows.ts';
import { summaryOf } from '../../../core/console/traffic/summary.ts';
import { TrafficTail } from '../../../core/console/traffic/tail.ts';
import type { ResponseSink } from '../../../core/server/incoming.ts';
import { readQuery } from '../../../core/server/query.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import type { Trace } from '../../../sdk/trace.ts';
import { FakeFleet } from './_fleet.ts';
import { traceOf } from './_traces.ts';

const all = filterOf('');

function filterOf(query: string): TrafficFilter {
  return readFilter(readQuery(`/x?${query}`, ['status', 'tenant', 'policy']));
}

/** A client that reads as fast as a test says. */
class Client implements ResponseSink {
  open = true;
  begun = false;
  /** False while its socket is full. */
  reads = true;
  readonly texts: string[] = [];
  drain: (() => void) | null = null;
  #gone: (() => void) | null = null;

  head(): void {
    this.begun = true;
  }
  write(bytes: string | Buffer): boolean {
    this.texts.push(String(bytes));
    return this.reads;
  }
  end(): void {
    this.open = false;
  }
  send(): void {
    this.open = false;
  }
  onDrain(run: () => void): void {
    this.drain = run;
  }
  onGone(run: () => void): void {
    this.#gone = run;
  }
  leave(): void {
    this.open = false;
    this.#gone?.();
  }

  /** Ids of all rows that came. */
  get ids(): string[] {
    return this.texts.flatMap((text) =>
      [...text.matchAll(/event: rows\ndata: (.*)\n/g)].flatMap(([, rows]) =>
        (JSON.parse(rows!) as { request_id: string }[]).map(({ request_id }) => request_id),
      ),
    );
  }
  get skipped(): number {
    const counts = this.texts.join('').matchAll(/event: skipped\ndata: \{"count":(\d+)\}\n\n/g);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }
}

function tailOf() {
  const clock = new FakeClock();
  const tail = new TrafficTail(clock, new Peers(null));
  const offer = (more: Partial<Trace>) => {
    const trace = traceOf(more);
    tail.offer(summaryOf(trace), trace);
  };
  return { clock, tail, offer };
}

t.test('nothing runs and nothing is kept while nobody listens', async (t) => {
  const { clock, tail, offer } = tailOf();
  t.equal(clock.pending, 0);
  offer({});
  const client = new Client();
  tail.listen(client, all, () => true);
  t.equal(clock.pending, 1);
  await clock.advance(1000);
  t.strictSame(client.ids, [], 'what was before is not told');
  client.leave();
  t.equal(clock.pending, 0);
  t.equal(tail.size, 0);
});

t.test('rows come together, four times a second, each once', async (t) => {
  const { clock, tail, offer } = tailOf();
  const client = new Client();
  tail.listen(client, all, () => true);
  offer({ requestId: 'a' });
  offer({ requestId: 'b' });
  t.equal(client.texts.length, 1, 'the greeting');
  await clock.advance(250);
  t.strictSame(client.ids, ['a', 'b']);
  offer({ requestId: 'c' });
  await clock.advance(1000);
  t.strictSame(client.ids, ['a', 'b', 'c']);
  t.equal(client.texts.length, 3, 'nothing is written where nothing happens');
});

t.test('of more than a hundred rows the rest is counted', async (t) => {
  const { clock, tail, offer } = tailOf();
  const client = new Client();
  tail.listen(client, all, () => true);
  for (let index = 0; index < 250; index += 1) offer({ requestId: `r${index}` });
  await clock.advance(250);
  t.equal(client.ids.length, 100);
  t.equal(client.skipped, 150);
  await clock.advance(250);
  t.equal(client.skipped, 150);
});

t.test('a client that reads slowly is not written to, misses rows, and goes on when it can', async (t) => {
  const { clock, tail, offer } = tailOf();
  const [slow, fast] = [new Client(), new Client()];
  tail.listen(slow, all, () => true);
  tail.listen(fast, all, () => true);
  slow.reads = false;
  offer({ requestId: 'first' });
  await clock.advance(250);
  const written = slow.texts.length;
  for (let index = 0; index < 4 * 20; index += 1) {
    for (let more = 0; more < 10; more += 1) offer({ requestId: `r${index}-${more}` });
    await clock.advance(250);
  }
  t.equal(slow.texts.length, written, 'nothing piles up');
  t.equal(fast.ids.length, 801);
  slow.reads = true;
  slow.drain!();
  await clock.advance(250);
  t.equal(slow.ids.length, 1 + 100);
  t.equal(slow.skipped, 700);
});

t.test('a client that has not read for half a minute is cut off', async (t) => {
  const { clock, tail, offer } = tailOf();
  const client = new Client();
  client.reads = false;
  tail.listen(client, all, () => true);
  offer({});
  await clock.advance(29_000);
  t.equal(client.open, true);
  await clock.advance(2_000);
  t.equal(client.open, false);
  t.equal(tail.size, 0);
  t.equal(clock.pending, 0);
});

t.test('a tail ends with the session that began it, also where nothing happens', async (t) => {
  const { clock, tail, offer } = tailOf();
  let allowed = true;
  const [quiet, busy] = [new Client(), new Client()];
  tail.listen(quiet, filterOf('tenant=nobody'), () => allowed);
  tail.listen(busy, all, () => allowed);
  await clock.advance(15_250);
  t.match(quiet.texts.at(-1), /^: still here/);
  allowed = false;
  offer({ requestId: 'secret' });
  await clock.advance(250);
  t.equal(busy.open, false);
  t.strictSame(busy.ids, []);
  await clock.advance(15_250);
  t.equal(quiet.open, false);
});

t.test('a tail has the filters of the list', async (t) => {
  const { clock, tail, offer } = tailOf();
  const [errors, policy] = [new Client(), new Client()];
  tail.listen(errors, filterOf('status=4xx&tenant=acme'), () => true);
  tail.listen(policy, filterOf('policy=guard/r'), () => true);
  const rule = { policy: 'guard', rule: 'r', at: 'x:1', matched: true, leaves: [], us: 0, fuel: 0 };
  const step = {
    hook: 'onRequest',
    file: 'x',
    name: 'guard',
    decision: 'deny',
    startedMs: 0,
    durationUs: 0,
    rules: [rule],
  } as const;
  offer({ requestId: 'ok' });
  offer({ requestId: 'denied', status: 403, outcome: 'denied', steps: [step] });
  offer({ requestId: 'other', status: 403, tenant: 'x' });
  offer({ requestId: 'unmatched', steps: [{ ...step, rules: [{ ...rule, matched: false }] }] });
  await clock.advance(250);
  t.strictSame(errors.ids, ['denied']);
  t.strictSame(policy.ids, ['denied']);
});

t.test('twenty may listen, and all end when the gateway does', async (t) => {
  const { tail, clock } = tailOf();
  const clients = Array.from({ length: 20 }, () => new Client());
  for (const client of clients) tail.listen(client, all, () => true);
  t.throws(() => tail.listen(new Client(), all, () => true), /At most 20/);
  tail.close();
  t.ok(clients.every(({ open }) => !open));
  t.equal(clock.pending, 0);
});

/** A tail of a gateway with one other process. */
function tailOfTwo() {
  const clock = new FakeClock();
  const fleet = new FakeFleet();
  const feed = new TrafficFeed(
    () => undefined,
    2000,
    () => 2,
  );
  fleet.add();
  const other = fleet.add({ tail: (question) => answerTail(feed, question) });
  const tail = new TrafficTail(clock, fleet.peersOf(0));
  const add = (more: Partial<Trace>) => feed.add(summaryOf(traceOf(more)), clock.now());
  return { clock, fleet, other, tail, add };
}

t.test('the others are asked while somebody watches, once for all, and only then', async (t) => {
  const { clock, fleet, tail, add } = tailOfTwo();
  add({ requestId: 'before' });
  await clock.advance(1000);
  t.equal(fleet.asked.length, 0);
  const [one, two, denied] = [new Client(), new Client(), new Client()];
  tail.listen(one, all, () => true);
  tail.listen(two, all, () => true);
  tail.listen(denied, filterOf('status=403'), () => true);
  add({ requestId: 'a' });
  const trace = traceOf({ requestId: 'own' });
  tail.offer(summaryOf(trace), trace);
  await clock.advance(500);
  t.strictSame(one.ids.toSorted(), ['a', 'own']);
  t.strictSame(two.ids.toSorted(), ['a', 'own']);
  t.strictSame(denied.ids, []);
  t.match(fleet.asked[0], { type: 'tail', filters: [{ query: '' }, { query: 'status=403' }] });
  const count = fleet.asked.length;
  await clock.advance(1000);
  t.equal(fleet.asked.length, count + 4, 'four times a second');
  for (const client of [one, two, denied]) client.leave();
  await clock.advance(1000);
  t.equal(fleet.asked.length, count + 4);
  t.equal(clock.pending, 0);
});

t.test('a tail says whose requests there are, when that changes', async (t) => {
  const { clock, other, tail, add } = tailOfTwo();
  const client = new Client();
  const told = () =>
    [...client.texts.join('').matchAll(/event: workers\ndata: (.*)\n/g)].map(([, workers]) =>
      (JSON.parse(workers!) as { state: string }[]).map(({ state }) => state),
    );
  tail.listen(client, all, () => true);
  await clock.advance(1000);
  t.strictSame(told(), [['serving', 'serving']]);
  other.answers = false;
  add({ requestId: 'a' });
  await clock.advance(1000);
  t.strictSame(told().at(-1), ['serving', 'silent']);
  t.strictSame(client.ids, []);
  other.answers = true;
  await clock.advance(1000);
  t.strictSame(told().at(-1), ['serving', 'serving']);
  t.equal(told().length, 3);
  t.strictSame(client.ids, ['a'], 'what it could not say then comes now, once');
});

t.test('an answer that comes late is not asked for twice, nor given to who came after it', async (t) => {
  const { clock, fleet, other, tail, add } = tailOfTwo();
  let go: () => void = () => undefined;
  other.delay = () =>
    new Promise((resolve) => {
      go = resolve;
    });
  const first = new Client();
  tail.listen(first, all, () => true);
  add({ requestId: 'a' });
  await clock.advance(2000);
  t.equal(fleet.asked.length, 1, 'one question at a time');
  first.leave();
  const second = new Client();
  await clock.advance(10);
  tail.listen(second, all, () => true);
  go();
  other.delay = () => Promise.resolve();
  await clock.advance(1000);
  t.strictSame(second.ids, []);
  add({ requestId: 'b' });
  await clock.advance(1000);
  t.strictSame(second.ids, ['b']);
});
