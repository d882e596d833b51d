import { Redis } from 'ioredis';
import { createMemoryCounters } from '../../../../core/stores/counters/memory.ts';
import { createRedisCounters } from '../../../../core/stores/counters/redis.ts';
import type { Counters } from '../../../../sdk/counters.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { recordingLog } from './recording-log.ts';

/** Counters under test, and their time. */
export interface Bench {
  readonly counters: Counters;
  /** Milliseconds since the epoch, as holds are told. */
  nowMs(): number;
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

export type MakeBench = () => Promise<Bench>;

export const memoryBench: MakeBench = async () => {
  const clock = new FakeClock();
  const counters = createMemoryCounters({ clock, owner: 'gateway-1' });
  return { counters, nowMs: () => clock.now(), advance: (ms) => clock.advance(ms), close: async () => {} };
};

let prefixes = 0;

/** A bench on a real Redis, whose scripts read a time that the test sets. Each has keys of its own. */
export function redisBench(url: string): MakeBench {
  return async () => {
    const clock = new FakeClock(Date.now());
    prefixes += 1;
    const prefix = `test${prefixes}`;
    const redis = new Redis(url);
    const setTime = () => redis.set(`{${prefix}}:now`, clock.now());
    await setTime();
    const counters = createRedisCounters({
      url,
      clock,
      log: recordingLog(),
      owner: 'gateway-1',
      mode: 'strict',
      prefix,
      nowLua: `tonumber(redis.call('GET', '{${prefix}}:now'))`,
    });
    if (!(await counters.connected(5000))) throw new Error('expected a connection to Redis');
    return {
      counters,
      nowMs: () => clock.now(),
      async advance(ms) {
        // Not the clock's timers: deadlines belong to the machine's time, which does not jump with ours.
        clock.jump(ms);
        await setTime();
      },
      async close() {
        await counters.close();
        redis.disconnect();
      },
    };
  };
}
