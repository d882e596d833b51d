import { GatewayError } from '../../sdk/errors.ts';

/**
 * What a client is told about a store that does not work. The cause is for the log: it may name files and hosts.
 *
 * @param expected what the store should have done: `the ledger to take a row`.
 * @param came why it did not, in words that anyone may read.
 */
export function storeUnavailable(
  expected: string,
  came: string,
  cause?: unknown,
  retryAfterMs = 1000,
): GatewayError {
  return new GatewayError('store_unavailable', `expected ${expected}; ${came}; try again later`, {
    retryAfterMs,
    ...(cause === undefined ? {} : { cause }),
  });
}
