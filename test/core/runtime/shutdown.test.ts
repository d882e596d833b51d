import t from 'tap';
import type { Exchange } from '../../../core/pipeline/exchange.ts';
import { InFlight } from '../../../core/pipeline/in-flight.ts';
import { Shutdown } from '../../../core/runtime/shutdown.ts';
import type { Listening } from '../../../core/server/listen.ts';
import { FakeClock, settled } from '../../../core/testing.ts';

function setup(drainDelayMs: number) {
  const clock = new FakeClock();
  const calls: string[] = [];
  let open = 1;
  const active = new InFlight();
  const shutdown = new Shutdown({
    clock,
    active,
    gate: { drain: () => 0 },
    config: () => ({ drainDelayMs, drainTimeoutMs: 30_000 }),
  });
  const listening = {
    leave: () => calls.push('leave'),
    stopAccepting: () => calls.push('stop accepting'),
    endIdle: () => calls.push('end idle'),
    connections: async () => open,
  } as unknown as Listening;
  const exchange = {
    place: -1,
    breakOff: () => {
      calls.push('break off');
      active.delete(exchange);
      shutdown.released();
    },
  } as unknown as Exchange;
  const empty = () => {
    open = 0;
  };
  return { clock, calls, active, shutdown, listening, exchange, empty };
}

t.test('it is not ready first, and takes connections until whoever sends them has noticed', async (t) => {
  const { clock, calls, active, shutdown, listening, exchange, empty } = setup(5000);
  active.add(exchange);
  const drained = shutdown.drain(listening, {});
  t.ok(shutdown.leaving);
  t.notOk(shutdown.closed, 'what comes is answered');
  await clock.advance(4999);
  t.strictSame(calls, ['leave']);
  await clock.advance(1);
  t.strictSame(calls, ['leave', 'stop accepting', 'end idle']);
  t.notOk(shutdown.closed, 'connections that are there may ask once more');
  active.delete(exchange);
  shutdown.released();
  empty();
  await settled();
  await clock.advance(100);
  await drained;
  t.ok(shutdown.closed);
});

t.test('without a delay, or where nobody must notice, it goes straight on', async (t) => {
  for (const [delayMs, options] of [
    [0, {}],
    [5000, { delay: false }],
  ] as const) {
    const { calls, shutdown, listening, empty } = setup(delayMs);
    empty();
    await shutdown.drain(listening, options);
    t.strictSame(calls, ['leave', 'stop accepting', 'end idle']);
  }
});

t.test('a connection that was just taken may still ask, and is answered', async (t) => {
  const { clock, calls, active, shutdown, listening, exchange, empty } = setup(0);
  const drained = shutdown.drain(listening, {});
  await settled();
  await clock.advance(200);
  active.add(exchange);
  await clock.advance(2_000);
  t.notOk(shutdown.closed);
  active.delete(exchange);
  shutdown.released();
  empty();
  await drained;
  t.notOk(calls.includes('break off'));
});

t.test('a connection that asks nothing is waited for for a second', async (t) => {
  const { clock, shutdown, listening } = setup(0);
  const drained = shutdown.drain(listening, {});
  await settled();
  await clock.advance(900);
  t.notOk(shutdown.closed);
  await clock.advance(100);
  await drained;
  t.ok(shutdown.closed);
});

t.test('what takes too long is broken off', async (t) => {
  const { clock, calls, active, shutdown, listening, exchange } = setup(0);
  active.add(exchange);
  const drained = shutdown.drain(listening, {});
  await settled();
  await clock.advance(29_999);
  t.notOk(calls.includes('break off'));
  await clock.advance(1);
  await drained;
  t.ok(calls.includes('break off'));
});

t.test('one of several stays ready for whoever asks it, and takes no more connections', async (t) => {
  const { clock, calls, shutdown, listening } = setup(0);
  const drained = shutdown.drain(listening, { alone: true });
  t.notOk(shutdown.leaving);
  t.strictSame(calls, ['leave', 'stop accepting'], 'idle connections may be used once more');
  const all = shutdown.drain(listening, {});
  t.ok(shutdown.leaving, 'until all of them stop');
  t.equal(all, drained);
  for (let look = 0; look < 100; look += 1) {
    t.notOk(calls.includes('end idle'));
    await settled();
    await clock.advance(100);
  }
  await drained;
  t.strictSame(calls, ['leave', 'stop accepting', 'end idle']);
});

t.test('one of several waits for no connection once there is none', async (t) => {
  const { clock, calls, shutdown, listening, empty } = setup(0);
  const drained = shutdown.drain(listening, { alone: true });
  await settled();
  await clock.advance(100);
  t.notOk(calls.includes('end idle'));
  empty();
  await settled();
  await clock.advance(100);
  await drained;
  t.strictSame(calls, ['leave', 'stop accepting', 'end idle']);
});

t.test('where nothing listens it takes nothing more at once', async (t) => {
  const { shutdown } = setup(5000);
  await shutdown.drain(null, {});
  t.ok(shutdown.leaving && shutdown.closed);
});

t.test('a close waits until clients of what it breaks off were told, for five seconds', async (t) => {
  for (const tells of [true, false]) {
    const { clock, calls, active, shutdown, exchange } = setup(0);
    const slow = { ...exchange, breakOff: () => calls.push('break off') } as unknown as Exchange;
    active.add(slow);
    const drained = shutdown.drain(null, {});
    await settled();
    let over = false;
    const closed = shutdown.close().then(() => {
      over = true;
    });
    await clock.advance(4_999);
    t.match(calls, ['break off']);
    t.notOk(over, 'its row is being written');
    if (tells) {
      active.delete(slow);
      shutdown.released();
    } else await clock.advance(1);
    await closed;
    if (!tells) await clock.advance(30_000);
    await drained;
  }
});
