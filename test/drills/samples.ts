import { Redis } from 'ioredis';
import type { AnyPlugin } from '../../sdk/plugin.ts';
import { limiterWith } from '../plugins/token-limiter/harness.ts';
import { type DrillScope, limitsNanoUsd } from './budget.ts';

/** A money counter as it is now, in nano-dollars. */
export interface Sample {
  readonly scope: DrillScope;
  readonly spent: number;
  readonly held: number;
}

/** Looks at money counters, all the time, and remembers the worst that it saw. */
export class Peaks {
  looks = 0;
  /** The most that was spent and held at once. */
  readonly worst = new Map<DrillScope, number>();

  look(samples: readonly Sample[]): void {
    this.looks += 1;
    for (const { scope, spent, held } of samples) {
      this.worst.set(scope, Math.max(this.worst.get(scope) ?? 0, spent + held));
    }
  }

  /** Scopes that were above their limit at any moment. */
  get broken(): string[] {
    return [...this.worst]
      .filter(([scope, most]) => most > limitsNanoUsd[scope])
      .map(([scope, most]) => `${scope}: ${most} of ${limitsNanoUsd[scope]}`);
  }
}

function scopeOf(key: string): DrillScope {
  return key.split('|')[1] as DrillScope;
}

/** The limiter with counters of this process that are looked at before and after everything that is done with them. */
export function watchedLimiter(peaks: Peaks): { plugin: AnyPlugin; read(): Promise<Sample[]> } {
  const keys = new Set<string>();
  let read: () => Promise<Sample[]> = async () => [];
  const plugin = limiterWith((services) => {
    const { counters } = services;
    read = async () => {
      const all = [...keys];
      const states = await counters.read(all);
      return all.map((key, at) => ({ scope: scopeOf(key), ...states[at]! }));
    };
    const look = async () => peaks.look(await read());
    return {
      ...services,
      counters: {
        ...counters,
        // Answers of a store that is elsewhere: others come in between.
        async admit(id, reservations, ttlMs) {
          await Promise.resolve();
          for (const { key } of reservations) if (key.startsWith('usd|')) keys.add(key);
          const admission = await counters.admit(id, reservations, ttlMs);
          await look();
          return admission;
        },
        async settle(id, reservations, actuals) {
          await look();
          await counters.settle(id, reservations, actuals);
          await look();
        },
      },
    };
  });
  return { plugin, read: () => read() };
}

/** Reads the counters of a Redis from outside, past all of the gateway's code. */
export class RedisSampler {
  readonly #redis: Redis;
  readonly #peaks: Peaks;
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(url: string, peaks: Peaks) {
    this.#redis = new Redis(url);
    this.#redis.on('error', () => undefined);
    this.#peaks = peaks;
  }

  async read(): Promise<Sample[]> {
    const keys = await this.#redis.keys('{sluice}:c:usd|*');
    const found: Sample[] = [];
    for (const key of keys) {
      const [spent, held] = await this.#redis.hmget(key, 's', 'h');
      found.push({
        scope: scopeOf(key.slice('{sluice}:c:'.length)),
        spent: Number(spent),
        held: Number(held),
      });
    }
    return found;
  }

  /** Looks without a pause until `stop`. */
  start(): void {
    const run = async () => {
      while (!this.#stopped) this.#peaks.look(await this.read());
    };
    this.#running = run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  close(): void {
    this.#redis.disconnect();
  }
}
