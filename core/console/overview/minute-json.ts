import { latencyClasses } from './latency-histogram.ts';
import { Minute } from './minute.ts';

const counts = [
  'requests',
  'errors',
  'denied',
  'rateLimited',
  'cacheAsked',
  'cacheHits',
  'fallbacks',
  'inputTokens',
  'outputTokens',
  'costNanoUsd',
] as const satisfies readonly (keyof Minute)[];

/** What happened in some time, for another process: short where little did. */
export interface MinuteJson {
  /** In the order of `counts`; empty where nothing happened. */
  readonly counts: readonly number[];
  readonly latencies: readonly (readonly [index: number, count: number])[];
  readonly providers: readonly (readonly [name: string, attempts: number, errors: number])[];
}

const nothing: MinuteJson = { counts: [], latencies: [], providers: [] };

export function minuteJson(minute: Minute): MinuteJson {
  if (minute.requests === 0) return nothing;
  const latencies: [number, number][] = [];
  for (const [index, count] of minute.latencies.entries()) if (count > 0) latencies.push([index, count]);
  return {
    counts: counts.map((name) => minute[name]),
    latencies,
    providers: [...minute.providers].map(([name, { attempts, errors }]) => [name, attempts, errors]),
  };
}

/** The same as it was, to be added to others. */
export function minuteOf(json: MinuteJson): Minute {
  const minute = new Minute();
  for (const [index, name] of counts.entries()) minute[name] = json.counts[index] ?? 0;
  for (const [index, count] of json.latencies) {
    if (index < latencyClasses) minute.latencies[index] = count;
  }
  for (const [name, attempts, errors] of json.providers) minute.providers.set(name, { attempts, errors });
  return minute;
}
