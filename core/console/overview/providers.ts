import type { Health, HealthState } from '../../../sdk/health.ts';
import type { GatewayConfig, ProviderConfig } from '../../config/config.ts';
import { byId, latencyOf, type SharedHealth } from './health-states.ts';
import type { Bucket } from './minutes.ts';

/** Clients may ask any model of a provider by name: so many are shown. */
const maxTargets = 200;

export type ProviderState = 'unknown' | 'ok' | 'degraded' | 'down';

/**
 * What is known of each configured provider: its targets of the configuration and those that clients asked for by name.
 *
 * @param states of all processes.
 * @param none what is known of an id that nobody asked.
 * @param buckets of the time over which calls are counted.
 */
export function providersJson(
  config: Pick<GatewayConfig, 'providers' | 'models'>,
  states: readonly HealthState[],
  none: Health['of'],
  buckets: readonly Bucket[],
  nowMs: number,
): { readonly providers: readonly object[] } {
  const asked = byId(states);
  const configured = config.models.flatMap(({ targets }) => targets.map(({ target }) => target));
  return {
    providers: config.providers.map((provider) => {
      const begin = `${provider.name}/`;
      const known = asked.filter(({ id }) => id.startsWith(begin));
      const silent = [...new Set(configured)]
        .filter((id) => id.startsWith(begin) && !known.some((one) => one.id === id))
        .flatMap((id) => byId([none(id)]));
      const targets = [...known, ...silent];
      const keys = asked.filter(({ id }) => id.startsWith(`${provider.name}#`));
      return {
        name: provider.name,
        kind: provider.kind,
        region: provider.region,
        keys: keyCount(provider),
        key_states: keys.map((key) => targetJson(key, nowMs)),
        state: stateOf(known.flatMap((one) => one.states)),
        latency_ms: rounded(latencyOf(known)),
        ...countsOf(provider.name, buckets),
        targets: targets.slice(0, maxTargets).map((target) => targetJson(target, nowMs)),
      };
    }),
  };
}

function targetJson(target: SharedHealth, nowMs: number): object {
  const { id, breaker, waitMs, inFlight, latencyMs, successes, failures, lastFailure } = target;
  return {
    id,
    state: stateOf(target.states),
    latency_ms: rounded(latencyMs),
    in_flight: inFlight,
    breaker,
    not_closed: target.notClosed,
    known_by: target.states.length,
    retry_at: waitMs > 0 ? new Date(nowMs + waitMs).toISOString() : null,
    successes,
    failures,
    last_failure: lastFailure,
  };
}

/** `down` where none of them may be asked, `degraded` where one may not or the last calls failed. */
function stateOf(states: readonly HealthState[]): ProviderState {
  const used = states.filter(({ successes, failures, inFlight }) => successes + failures + inFlight > 0);
  if (used.length === 0) return 'unknown';
  if (used.every(({ breaker }) => breaker === 'open')) return 'down';
  const isWell = ({ breaker, waitMs, consecutiveFailures }: HealthState) =>
    breaker === 'closed' && waitMs === 0 && consecutiveFailures === 0;
  return used.every(isWell) ? 'ok' : 'degraded';
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}

function countsOf(
  name: string,
  buckets: readonly Bucket[],
): { readonly attempts: number; readonly errors: number } {
  let attempts = 0;
  let errors = 0;
  for (const { minute } of buckets) {
    const count = minute.providers.get(name);
    attempts += count?.attempts ?? 0;
    errors += count?.errors ?? 0;
  }
  return { attempts, errors };
}

/** How many keys a provider has; never the keys. */
function keyCount({ options }: ProviderConfig): number {
  const { api_key: key } = options as { readonly api_key?: unknown };
  return Array.isArray(key) ? key.length : key === undefined || key === null ? 0 : 1;
}
