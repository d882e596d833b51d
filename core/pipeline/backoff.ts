const baseMs = 200;
const capMs = 5000;
/** A provider that asks for more than this is out of quota, not busy: trying it again in this request is useless. */
const longestWaitMs = 30_000;

/**
 * Time before try number `retries` + 2, in milliseconds: exponential with full jitter, never earlier than the
 * provider asked. Null when the provider asked for longer than a request should wait.
 *
 * @param random in [0, 1)
 */
export function retryDelayMs(retries: number, retryAfterMs: number | null, random: number): number | null {
  const jittered = random * Math.min(capMs, baseMs * 2 ** retries);
  if (retryAfterMs === null) return jittered;
  return retryAfterMs > longestWaitMs ? null : Math.max(jittered, retryAfterMs);
}
