import assert from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { settled } from '../../../sdk/testing/clock.ts';
import { type Client, gateOf } from './_gate.ts';

const states = (clients: readonly Client[]) => clients.map(({ state }) => state);

t.test('so many go in, so many wait, and the rest is refused with a time', async (t) => {
  const { gate, come, clock } = gateOf();
  const clients = Array.from({ length: 5 }, () => come());
  await settled();
  t.strictSame(states(clients), ['in', 'in', 'waiting', 'waiting', 'overloaded']);
  t.equal(clients[4]!.retryAfterMs, 1000);
  gate.leave();
  await settled();
  t.strictSame(states(clients), ['in', 'in', 'in', 'waiting', 'overloaded'], 'first come, first served');
  t.match(gate.state, { underWay: 2, waiting: 1, shed: { queue_full: 1, queue_timeout: 0, heap: 0 } });
  for (let count = 0; count < 3; count++) gate.leave();
  await settled();
  t.match(gate.state, { underWay: 0, waiting: 0 });
  t.equal(clock.pending, 0, 'no timer is left');
});

t.test('who waits too long is refused: as long as configured, or as it has time itself', async (t) => {
  const { gate, come, clock } = gateOf();
  const clients = [come(), come(), come(), come(800)];
  await clock.advance(800);
  t.strictSame(states(clients), ['in', 'in', 'waiting', 'overloaded']);
  await clock.advance(4199);
  t.equal(clients[2]!.state, 'waiting');
  await clock.advance(1);
  t.equal(clients[2]!.state, 'overloaded');
  t.match(gate.state, { underWay: 2, waiting: 0, shed: { queue_timeout: 2 } });
  t.equal(clock.pending, 0);
});

t.test('a client that leaves gives up its place in the queue', async (t) => {
  const { gate, come, clock } = gateOf();
  const clients = [come(), come(), come(), come()];
  clients[2]!.leave();
  await settled();
  t.strictSame(states(clients), ['in', 'in', 'ClientGone', 'waiting']);
  const next = come();
  t.equal(next.state, 'waiting', 'the place in the queue is free');
  gate.leave();
  await settled();
  t.strictSame(states([...clients, next]), ['in', 'in', 'ClientGone', 'in', 'waiting']);
  clients[3]!.leave();
  t.match(gate.state, { underWay: 2, waiting: 1 }, 'one that was let in leaves by another way');
  gate.drain();
  t.equal(clock.pending, 0);
});

t.test('a shutdown empties the queue with 503 draining', async (t) => {
  const { gate, come, clock } = gateOf();
  const clients = [come(), come(), come(), come()];
  t.equal(gate.drain(), 2);
  await settled();
  t.strictSame(states(clients), ['in', 'in', 'draining', 'draining']);
  t.equal(gate.drain(), 0);
  t.equal(clock.pending, 0);
  gate.leave();
  t.match(gate.state, { underWay: 1, waiting: 0 });
});

t.test('without a queue what is more is refused at once', async (t) => {
  const { come } = gateOf({ maxQueue: 0 });
  t.strictSame(states([come(), come(), come()]), ['in', 'in', 'overloaded']);
});

t.test('Retry-After is the queue over the rate at which places become free', async (t) => {
  const { gate, come, clock } = gateOf({ maxConcurrent: 10, maxQueue: 20, queueTimeoutMs: 600_000 });
  await clock.advance(3_600_000);
  for (let count = 0; count < 30; count++) come();
  t.equal(come().retryAfterMs, 1000, 'an idle hour says nothing of the rate');
  for (let count = 0; count < 30; count++) {
    await clock.advance(500);
    gate.leave();
    come();
  }
  t.equal(come().retryAfterMs, 21 * 500);
  await clock.advance(4000);
  t.equal(come().retryAfterMs, 21 * 2000, 'where nothing ends any more, the rate was');
  await clock.advance(400_000);
  t.equal(come().retryAfterMs, 60_000, 'a minute at most');
  gate.drain();
});

t.test('a full heap halves what may be under way, again as it grows, and lets nobody queue', async (t) => {
  const { gate, come, clock, heap } = gateOf({ maxConcurrent: 100, maxQueue: 100 });
  for (let count = 0; count < 80; count++) come();
  heap.now = 0.9;
  t.equal(come().state, 'in', 'the last look was a moment ago');
  await clock.advance(250);
  t.equal(come().state, 'overloaded');
  for (let count = 0; count < 41; count++) gate.leave();
  t.equal(come().state, 'overloaded', '40 of 81 are left, and 40 may be');
  gate.leave();
  t.equal(come().state, 'in');
  heap.now = 0.905;
  await clock.advance(250);
  gate.leave();
  t.equal(come().state, 'in', 'it stays full without growing');
  heap.now = 0.92;
  await clock.advance(250);
  t.equal(come().state, 'overloaded');
  for (let count = 0; count < 21; count++) gate.leave();
  t.equal(come().state, 'in', '20 may be');
  heap.now = 0.5;
  await clock.advance(250);
  for (let count = 0; count < 30; count++) t.equal(come().state, 'in');
  t.match(gate.state, { waiting: 0, heapShare: 0.5, shed: { heap: 3 } });
});

t.test(
  'a heap that is full with nothing under way still lets one in: only work collects garbage',
  async (t) => {
    const { gate, come, clock, heap } = gateOf();
    heap.now = 0.99;
    for (let count = 0; count < 5; count++) {
      await clock.advance(1000);
      t.equal(come().state, 'in');
      t.equal(come().state, 'overloaded');
      gate.leave();
    }
  },
);

t.test('the heap is looked at four times a second at most', async (t) => {
  const { gate, come, clock, heap } = gateOf({ maxConcurrent: 1000 });
  for (let count = 0; count < 1000; count++) {
    come();
    gate.leave();
    if (count % 100 === 99) await clock.advance(100);
  }
  t.ok(heap.looks <= 5, `${heap.looks}`);
});

t.test('the log tells of it, and not for every request', async (t) => {
  const { come, clock, log } = gateOf({ maxQueue: 0 });
  for (let count = 0; count < 50; count++) come();
  t.equal(log.lines.length, 1);
  t.match(log.lines[0], { level: 'warn', fields: { reason: 'queue_full', under_way: 2, waiting: 0 } });
  await clock.advance(10_000);
  come();
  t.equal(log.lines.length, 2);
});

t.test('whatever comes, ends, leaves and passes, places and queue are kept', async () => {
  const event = fc.oneof(
    fc.record({ type: fc.constant('come' as const), patienceMs: fc.constantFrom(50, 200, Infinity) }),
    fc.record({ type: fc.constant('end' as const) }),
    fc.record({ type: fc.constant('leave' as const), which: fc.nat(100) }),
    fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(10, 60, 120, 300) }),
    fc.record({ type: fc.constant('heap' as const), share: fc.constantFrom(0.5, 0.9, 0.95) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 60 }), fc.nat(4), async (events, maxQueue) => {
      const { gate, come, clock, heap } = gateOf({ maxConcurrent: 3, maxQueue, queueTimeoutMs: 100 });
      const clients: Client[] = [];
      let ends = 0;
      for (const one of events) {
        if (one.type === 'come') clients.push(come(one.patienceMs));
        if (one.type === 'pass') await clock.advance(one.ms);
        if (one.type === 'heap') heap.now = one.share;
        if (one.type === 'leave') clients[one.which % clients.length]?.leave();
        if (one.type === 'end' && gate.state.underWay > 0) {
          ends += 1;
          gate.leave();
        }
        await Promise.resolve();
        await Promise.resolve();
        const admitted = clients.filter(({ state }) => state === 'in').length;
        const waiting = clients.filter(({ state }) => state === 'waiting').length;
        const { state } = gate;
        assert.strictEqual(state.underWay, admitted - ends);
        assert.strictEqual(state.waiting, waiting);
        assert.ok(state.underWay >= 0 && state.underWay <= 3 && waiting <= maxQueue);
        assert.ok(waiting === 0 || state.underWay > 0, 'nobody waits for nothing');
        const order = clients.filter(({ state }) => state === 'in' || state === 'waiting');
        assert.ok(
          order.slice(order.findIndex(({ state }) => state === 'waiting')).length === waiting ||
            waiting === 0,
        );
      }
      gate.drain();
      assert.strictEqual(clock.pending, 0);
    }),
    { numRuns: 300 },
  );
});
