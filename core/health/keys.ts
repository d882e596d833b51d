import type { Health } from '../../sdk/health.ts';

/** How one key of a provider is called in `Health`: `openai#1` is the first. */
export function providerKeyId(provider: string, index: number): string {
  return `${provider}#${index + 1}`;
}

/**
 * In which order to try a provider's keys: in turns, each call beginning with the next key; those that must wait last,
 * the shortest wait first.
 *
 * @returns indexes from 0, each once.
 */
export function keyOrder(provider: string, keyCount: number, health: Pick<Health, 'of'>): readonly number[] {
  const waitsMs: number[] = [];
  let calls = 0;
  for (let index = 0; index < keyCount; index++) {
    const { waitMs, successes, failures, inFlight } = health.of(providerKeyId(provider, index));
    waitsMs.push(waitMs);
    calls += successes + failures + inFlight;
  }
  const order: number[] = [];
  const waiting: number[] = [];
  for (let step = 0; step < keyCount; step++) {
    const index = (calls + step) % keyCount;
    (waitsMs[index]! > 0 ? waiting : order).push(index);
  }
  if (waiting.length > 1) waiting.sort((a, b) => waitsMs[a]! - waitsMs[b]!);
  for (const index of waiting) order.push(index);
  return order;
}

/** Milliseconds until the first of a provider's keys may be used; 0 where one may be now. */
export function keysWaitMs(provider: string, keyCount: number, health: Pick<Health, 'of'>): number {
  let leastMs = Infinity;
  for (let index = 0; index < keyCount; index++) {
    const { waitMs } = health.of(providerKeyId(provider, index));
    if (waitMs === 0) return 0;
    leastMs = Math.min(leastMs, waitMs);
  }
  return keyCount > 0 ? leastMs : 0;
}
