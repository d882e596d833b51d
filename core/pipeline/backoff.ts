import type { RetryRule } from '../../sdk/route.ts';

const defaultBaseMs = 200;
const defaultCapMs = 5000;

/**
 * Time before try number `retries` + 2, in milliseconds: exponential with full jitter, never earlier than the
 * provider asked. Null when the provider asked for longer than a retry waits at most: then it is out of quota, not
 * busy, and another target is the better answer.
 *
 * @param random in [0, 1)
 */
export function retryDelayMs(
  retries: number,
  retryAfterMs: number | null,
  random: number,
  { baseMs = defaultBaseMs, capMs = defaultCapMs }: Pick<RetryRule, 'baseMs' | 'capMs'> = {},
): number | null {
  const jittered = random * Math.min(capMs, baseMs * 2 ** retries);
  if (retryAfterMs === null) return jittered;
  return retryAfterMs > capMs ? null : Math.max(jittered, retryAfterMs);
}
