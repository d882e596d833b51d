import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { spanCount } from '../../../../core/telemetry/tracing/span-count.ts';
import { TraceQueue } from '../../../../core/telemetry/tracing/trace-queue.ts';
import { FakeClock, recordingLog, settled } from '../../../../core/testing.ts';
import { attemptRecord, traceRecord } from '../../../../sdk/testing/trace.ts';
import type { Trace } from '../../../../sdk/trace.ts';

interface Sending {
  readonly traces: readonly Trace[];
  finish(error?: Error): void;
}

function queueOf(maxWaiting?: number) {
  const clock = new FakeClock();
  const log = recordingLog();
  const sendings: Sending[] = [];
  const queue = new TraceQueue({
    clock,
    log,
    send: (traces) =>
      new Promise((resolve, reject) => {
        sendings.push({ traces, finish: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
    ...(maxWaiting === undefined ? undefined : { maxWaiting }),
  });
  return { clock, log, sendings, queue };
}

t.test('records are sent a second after the first of them, or as soon as there are eight', async (t) => {
  const { clock, queue, sendings } = queueOf();
  queue.add(traceRecord());
  queue.add(traceRecord());
  await clock.advance(999);
  t.equal(sendings.length, 0);
  await clock.advance(1);
  t.equal(sendings[0]?.traces.length, 2);
  for (let count = 0; count < 8; count += 1) queue.add(traceRecord());
  t.equal(sendings[1]?.traces.length, 8);
});

t.test('the queue keeps its size, and says once a minute what it lost', async (t) => {
  const { clock, queue, sendings, log } = queueOf(5);
  for (let count = 0; count < 30; count += 1) queue.add(traceRecord());
  t.equal(queue.dropped, 50, 'two spans each of twenty-five records');
  t.equal(log.lines.length, 1);
  await clock.advance(60_000);
  t.equal(sendings[0]?.traces.length, 5);
  sendings[0]?.finish(
    Object.assign(new Error('connect to http://10.0.0.7 failed'), { code: 'ECONNREFUSED' }),
  );
  await settled();
  t.equal(queue.dropped, 60);
  t.match(log.lines[1], { fields: { reason: 'ECONNREFUSED', dropped: 60 } });
  t.notMatch(JSON.stringify(log.lines), '10.0.0.7');
});

t.test('the end waits for what is left, for as long as it may', async (t) => {
  const { clock, queue, sendings } = queueOf();
  for (let count = 0; count < 200; count += 1) queue.add(traceRecord());
  t.equal(sendings.length, 8, 'no more are under way at a time');
  const closed = queue.close(5000);
  sendings[0]?.finish();
  await settled();
  t.equal(sendings.length, 9);
  await clock.advance(5000);
  await closed;
  t.equal(queue.dropped, 2 * (200 - 9 * 8));
  queue.add(traceRecord());
  t.equal(queue.dropped, 2 * (201 - 9 * 8), 'nothing is taken any more');
});

t.test('every record is sent once, waits or is counted, whatever arrives when', async () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 40 }), attempts: fc.integer({ min: 0, max: 80 }) }),
    fc.record({ finish: fc.nat(7), fails: fc.boolean() }),
    fc.record({ advance: fc.constantFrom(1, 500, 1000) }),
  );
  const run = async (steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) => {
    const { clock, queue, sendings } = queueOf(50);
    let added = 0;
    let addedSpans = 0;
    let arrived = 0;
    const finish = (index: number, fails: boolean) => {
      const [sending] = sendings.splice(index, 1);
      if (sending === undefined) return;
      if (!fails) for (const trace of sending.traces) arrived += spanCount(trace);
      sending.finish(fails ? new Error('no') : undefined);
    };
    for (const one of steps) {
      if ('add' in one) {
        for (let count = 0; count < one.add; count += 1) {
          const trace = traceRecord({
            attempts: Array.from({ length: one.attempts }, () => attemptRecord()),
          });
          added += 1;
          addedSpans += spanCount(trace);
          queue.add(trace);
        }
      } else if ('finish' in one) {
        finish(one.finish % Math.max(1, sendings.length), one.fails);
      } else {
        await clock.advance(one.advance);
      }
      await settled();
      assert.ok(sendings.length <= 8);
    }
    const closed = queue.close(1000);
    while (sendings.length > 0) {
      finish(0, false);
      await settled();
    }
    await closed;
    assert.equal(arrived + queue.dropped, addedSpans, `${added} records`);
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), run), { numRuns: 60 });
});
