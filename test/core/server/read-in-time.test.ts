import t from 'tap';
import type { Incoming } from '../../../core/server/incoming.ts';
import { readInTime } from '../../../core/server/read-in-time.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';

const sending = (body: Promise<Buffer>) => ({ readBody: () => body }) as unknown as Incoming;

t.test('a body that comes is read, and leaves no timer', async (t) => {
  const clock = new FakeClock();
  const body = await readInTime(sending(Promise.resolve(Buffer.from('x'))), 10, 5000, clock);
  t.equal(body.toString(), 'x');
  t.equal(clock.pending, 0);
  const error = new Error('too large');
  await t.rejects(readInTime(sending(Promise.reject(error)), 10, 5000, clock), error);
  t.equal(clock.pending, 0);
});

t.test('a body that does not is 408 after a minute, or when the time of the request is over', async (t) => {
  for (const [timeoutMs, afterMs] of [
    [600_000, 60_000],
    [2000, 2000],
  ] as const) {
    const clock = new FakeClock();
    const never = Promise.withResolvers<Buffer>();
    const reading = readInTime(sending(never.promise), 10, timeoutMs, clock);
    let done = false;
    reading.catch(() => {
      done = true;
    });
    await clock.advance(afterMs - 1);
    t.equal(done, false);
    await clock.advance(1);
    await t.rejects(reading, { code: 'request_timeout', status: 408, headers: { connection: 'close' } });
    never.reject(new Error('what comes later bothers nobody'));
  }
});
