import type { Health, HealthState } from '../../sdk/health.ts';
import type { Models } from '../../sdk/services.ts';
import type { FailingSecret } from '../secrets/secrets.ts';
import type { GateState } from './gate.ts';

/** How the gateway is: `no_healthy_target` where no model that it has can be asked. */
export type Readiness = 'ok' | 'draining' | 'no_healthy_target';

/**
 * Whether requests should be sent here. One target that may be asked is enough; one that rests or is at its capacity is
 * well. A gateway becomes ready again by itself: an open breaker lets a probe through in time.
 */
export function readinessOf(draining: boolean, models: Models, health: Pick<Health, 'of'>): Readiness {
  if (draining) return 'draining';
  const ids = configuredIds(models);
  const broken = (id: string) => {
    const { breaker, waitMs } = health.of(id);
    return breaker !== 'closed' && waitMs > 0;
  };
  return ids.size > 0 && [...ids].every(broken) ? 'no_healthy_target' : 'ok';
}

/**
 * What is known of each target and key that was asked, as JSON. Clients can ask for any model of a provider by name:
 * such names are for the owner of the gateway only.
 *
 * @param all whether models are listed that the configuration does not name.
 */
export function targetsJson(models: Models, health: Health, all: boolean): readonly object[] {
  const configured = all ? null : configuredIds(models);
  return health
    .all()
    .filter(({ id }) => configured === null || configured.has(id) || isKey(id))
    .map(targetJson);
}

function targetJson(state: HealthState): object {
  const { id, breaker, waitMs, inFlight, latencyMs, successes, failures, lastFailure } = state;
  return {
    id,
    breaker,
    wait_ms: Math.ceil(waitMs),
    in_flight: inFlight,
    latency_ms: latencyMs === null ? null : Math.round(latencyMs),
    successes,
    failures,
    last_failure: lastFailure,
  };
}

/** What is under way and waits, and what was refused, as JSON. */
export function loadJson({ underWay, waiting, heapShare, shed }: GateState): object {
  return {
    under_way: underWay,
    queued: waiting,
    heap_share: Math.round(heapShare * 1000) / 1000,
    shed,
  };
}

/**
 * Secrets that could not be read again, as JSON: how many for everybody, which for the owner. Their last values serve, so that
 * this is a warning and not a failing probe.
 */
export function secretsJson(failing: readonly FailingSecret[], tls: string | null, owner: boolean): object {
  return {
    secrets: {
      status: failing.length === 0 ? 'ok' : 'stale',
      failing: failing.length,
      ...(owner && failing.length > 0
        ? {
            references: failing.map(({ scheme, name, problem, sinceMs }) => ({
              reference: `${scheme}:${name}`,
              problem,
              since: new Date(sinceMs).toISOString(),
            })),
          }
        : undefined),
    },
    ...(tls === null ? undefined : { tls: { status: 'stale', problem: tls } }),
  };
}

function configuredIds(models: Models): ReadonlySet<string> {
  return new Set(models.aliases.flatMap((alias) => (models.resolve(alias) ?? []).map(({ id }) => id)));
}

/** Targets are `provider/model`, keys `provider#1`; no provider has a slash in its name. */
function isKey(id: string): boolean {
  return !id.includes('/');
}
