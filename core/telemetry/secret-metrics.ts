import { Gauge, type Registry } from 'prom-client';

import type { Clock } from '../../sdk/services.ts';
import type { FailingSecret } from '../secrets/secrets.ts';

/** Where secrets come from that may go stale; `tls` are the files of `server.tls`. */
export type SecretSourceName = 'file' | 'vault' | 'tls';

/** A secret whose last value serves, since its source cannot be read or holds what cannot be used. */
export interface StaleSecret {
  readonly source: SecretSourceName;
  /** Milliseconds since it is so. */
  readonly ageMs: number;
}

/** @param listening who may have TLS files; null before it listens. */
export function staleSecrets(
  { failing }: { readonly failing: readonly FailingSecret[] },
  listening: { tlsProblemSinceMs(): number | null } | null,
  clock: Pick<Clock, 'now'>,
): readonly StaleSecret[] {
  const nowMs = clock.now();
  const tlsSinceMs = listening?.tlsProblemSinceMs() ?? null;
  const stale = failing.flatMap(({ scheme, sinceMs }) =>
    // The environment of a process does not change.
    scheme === 'env' ? [] : [{ source: scheme, ageMs: nowMs - sinceMs }],
  );
  return tlsSinceMs === null ? stale : [...stale, { source: 'tls', ageMs: nowMs - tlsSinceMs }];
}

const sources: readonly SecretSourceName[] = ['file', 'vault', 'tls'];

/** Registers how many secrets are stale, and since when. Each source is always there, so that 0 can be told from nothing. */
export function registerSecretMetrics(registry: Registry, stale: () => readonly StaleSecret[]): void {
  const agesOf = (source: SecretSourceName) =>
    stale()
      .filter((one) => one.source === source)
      .map(({ ageMs }) => ageMs);
  // Processes of one machine read the same sources.
  const common = { labelNames: ['source'] as const, aggregator: 'max' as const, registers: [registry] };
  new Gauge({
    ...common,
    name: 'sluice_secrets_stale',
    help: 'Secrets that cannot be read or used as they are now; their last values serve.',
    collect() {
      for (const source of sources) this.set({ source }, agesOf(source).length);
    },
  });
  new Gauge({
    ...common,
    name: 'sluice_secrets_stale_seconds',
    help: 'For how long the oldest of the stale secrets has been so; 0 where none is.',
    collect() {
      for (const source of sources) this.set({ source }, Math.max(0, ...agesOf(source)) / 1000);
    },
  });
}
