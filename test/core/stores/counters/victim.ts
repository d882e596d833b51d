import { systemClock } from '../../../../core/services/clock.ts';
import { createRedisCounters } from '../../../../core/stores/counters/redis.ts';
import { say } from '../../../stores/say.ts';
import { recordingLog } from './recording-log.ts';
import { budget, concurrent, rate } from './reservations.ts';

/**
 * A gateway that is killed in the middle: it holds and settles without end, twenty requests at a time. Each line that
 * it writes is a row of its ledger: the amount that it is about to settle. At no moment is nothing held: one more lane
 * admits its next request before it settles the last. Arguments: URL, owner, time to live of holds.
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

const held = [budget('key', 1_000_000, 50), rate('rpm', 1_000_000, 1), concurrent('parallel', 100)];

async function admit(id: string): Promise<void> {
  while (!(await counters.admit(id, held, Number(ttlMs))).admitted);
}

async function settle(id: string, actual: number): Promise<void> {
  say(`${id} ${actual}\n`);
  await counters.settle(id, held, [actual, 1, 0]);
}

async function requests(lane: number): Promise<void> {
  for (let at = 0; ; at += 1) {
    const id = `${owner} ${lane} ${at}`;
    await admit(id);
    await new Promise((resolve) => setTimeout(resolve, (at % 5) + lane / 4));
    await settle(id, 1 + ((at + lane) % 50));
  }
}

async function overlapping(): Promise<void> {
  for (let at = 0; ; at += 1) {
    await admit(`${owner} overlapping ${at}`);
    if (at > 0) await settle(`${owner} overlapping ${at - 1}`, 1 + (at % 50));
  }
}

await Promise.all([overlapping(), ...Array.from({ length: 20 }, (_, lane) => requests(lane))]);
