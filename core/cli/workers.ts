import type { AnyProviderKind } from '../../sdk/provider.ts';
import { loadConfig } from '../config/load.ts';
import { UsageError } from './command.ts';

/**
 * Refuses several workers: without counters that they share each of them would spend a whole budget, and this version
 * serves with one process anyway.
 *
 * @param text of `--workers`.
 * @throws UsageError for everything but 1; ProblemsError where the configuration is wrong.
 */
export async function checkWorkers(
  text: string,
  file: string | null,
  env: Readonly<Record<string, string | undefined>>,
  kinds: readonly AnyProviderKind[],
): Promise<void> {
  const workers = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (workers < 1) throw new UsageError(`--workers expects a number from 1, got "${text}"`);
  if (workers === 1) return;
  const byName = new Map(kinds.map((kind) => [kind.kind, kind]));
  const { config } = await loadConfig({ file, env, kinds: byName });
  if (config.stores.counters === 'memory') {
    throw new UsageError(
      `--workers ${workers}: several processes need counters that they share, or each of them would spend a whole budget; ` +
        'set stores.counters to redis://… in gateway.yaml',
    );
  }
  throw new UsageError(
    `--workers ${workers}: this version serves with one process; start ${workers} of them behind a load balancer, ` +
      'with the same stores.counters and a PostgreSQL in stores.ledger',
  );
}
