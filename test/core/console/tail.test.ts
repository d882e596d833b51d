import t from 'tap';
import { readFilter, type TrafficFilter } from '../../../core/console/traffic/filter.ts';
import { summaryOf } from '../../../core/console/traffic/summary.ts';
import { TrafficTail } from '../../../core/console/traffic/tail.ts';
import type { ResponseSink } from '../../../core/server/incoming.ts';
import { readQuery } from '../../../core/server/query.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import type { Trace } from '../../../sdk/trace.ts';
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
  const tail = new TrafficTail(clock);
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
