import { systemClock } from '../../../../core/services/clock.ts';
import { createRedisCounters } from '../../../../core/stores/counters/redis.ts';
import { say } from '../../../stores/say.ts';
import { recordingLog } from './recording-log.ts';
import { budget, concurrent, rate } from './reservations.ts';

/**
 * A gateway that is killed in the middle: it holds and settles without end, twenty requests at a time. Each line that
 * it writes is a row of its ledger: the amount that it is about to settle. Arguments: URL, owner, time to live of holds.
 */
const [url, owner, ttlMs] = process.argv.slice(2);
const counters = createRedisCounters({
  url: url!,
  clock: systemClock,
  log: recordingLog(),
  owner: owner!,
  mode: 'strict',
  deadlineMs: 2000,
});
await counters.connected(10_000);

async function requests(lane: number): Promise<void> {
  for (let at = 0; ; at += 1) {
    const held = [budget('key', 1_000_000, 50), rate('rpm', 1_000_000, 1), concurrent('parallel', 100)];
    const id = `${owner} ${lane} ${at}`;
    if (!(await counters.admit(id, held, Number(ttlMs))).admitted) continue;
    await new Promise((resolve) => setTimeout(resolve, (at % 5) + lane / 4));
    const actual = 1 + ((at + lane) % 50);
    say(`${id} ${actual}\n`);
    await counters.settle(id, held, [actual, 1, 0]);
  }
}

await Promise.all(Array.from({ length: 20 }, (_, lane) => requests(lane)));
