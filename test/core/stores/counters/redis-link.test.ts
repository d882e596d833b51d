import t from 'tap';
import { RedisLink } from '../../../../core/stores/counters/redis-link.ts';
import type { Clock } from '../../../../sdk/services.ts';
import { recordingLog } from '../../../../sdk/testing/fakes.ts';

/** A clock whose timers are run by hand, as a process runs them that comes back to its event loop now and then. */
class LateClock implements Clock {
  #waiting = new Set<() => void>();
  now = () => 0;
  monotonic = () => 0;
  after(_delayMs: number, run: () => void): () => void {
    this.#waiting.add(run);
    return () => void this.#waiting.delete(run);
  }
  /** A turn of the event loop in which everything that waits is overdue. */
  async turn(): Promise<void> {
    const due = [...this.#waiting];
    this.#waiting.clear();
    for (const run of due) run();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function linkOn(clock: Clock): RedisLink {
  return new RedisLink({
    // Nothing listens there, and nothing is asked of it.
    url: 'redis://127.0.0.1:1',
    clock,
    log: recordingLog(),
    deadlineMs: 50,
    meanwhile: 'nothing happens',
    recover: async () => {},
  });
}

t.test(
  'a turn that takes long is no reason to give a command up: its answer is read in the next',
  async (t) => {
    const clock = new LateClock();
    const link = linkOn(clock);
    t.teardown(() => link.close());
    const answer = Promise.withResolvers<string>();
    const seen = link.within(answer.promise);
    await clock.turn();
    await clock.turn();
    answer.resolve('OK');
    t.equal(await seen, 'OK');
  },
);

t.test('a command without an answer is given up after its deadline', async (t) => {
  const clock = new LateClock();
  const link = linkOn(clock);
  t.teardown(() => link.close());
  const seen = t.rejects(link.within(new Promise(() => {})), {
    message: 'no answer within 50 ms',
    sent: true,
  });
  for (let turn = 0; turn < 5; turn += 1) await clock.turn();
  await seen;
});
