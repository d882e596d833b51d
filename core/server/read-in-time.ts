import type { Clock } from '../../sdk/services.ts';
import type { Incoming } from './incoming.ts';
import { bodyLate } from './refusals.ts';

/** How long a body may take to arrive. */
const maxBodyMs = 60_000;

/**
 * The body, within a minute: whoever sends it byte by byte keeps a place that others wait for.
 *
 * @throws GatewayError 408, and what `readBody` throws.
 */
export async function readInTime(
  incoming: Incoming,
  limitBytes: number,
  timeoutMs: number,
  clock: Clock,
): Promise<Buffer> {
  const late = Promise.withResolvers<never>();
  const withinMs = Math.min(timeoutMs, maxBodyMs);
  const cancel = clock.after(withinMs, () => late.reject(bodyLate(withinMs)));
  try {
    return await Promise.race([incoming.readBody(limitBytes), late.promise]);
  } finally {
    cancel();
  }
}
