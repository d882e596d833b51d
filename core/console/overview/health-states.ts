import type { HealthState } from '../../../sdk/health.ts';

/** What is known of a target or key, by one process or by several. */
export interface SharedHealth extends HealthState {
  /** In how many processes its breaker is not closed. */
  readonly notClosed: number;
  /** What each process knows. */
  readonly states: readonly HealthState[];
}

const worst = ['closed', 'half-open', 'open'] as const satisfies readonly HealthState['breaker'][];

/** One entry for each id, in the order of their first. Of a breaker the worst is told, since it is what needs a look. */
export function byId(states: readonly HealthState[]): SharedHealth[] {
  const groups = new Map<string, HealthState[]>();
  for (const state of states) {
    const group = groups.get(state.id);
    if (group === undefined) groups.set(state.id, [state]);
    else group.push(state);
  }
  return [...groups.values()].map(shared);
}

function shared(states: readonly HealthState[]): SharedHealth {
  const first = states[0]!;
  const bad = states.reduce((a, b) => (rank(b) > rank(a) ? b : a), first);
  const sum = (of: (state: HealthState) => number) => states.reduce((total, state) => total + of(state), 0);
  const most = (of: (state: HealthState) => number) => Math.max(...states.map(of));
  return {
    id: first.id,
    breaker: bad.breaker,
    waitMs: most(({ waitMs }) => waitMs),
    successes: sum(({ successes }) => successes),
    failures: sum(({ failures }) => failures),
    consecutiveFailures: most(({ consecutiveFailures }) => consecutiveFailures),
    lastFailure:
      bad.lastFailure ?? states.find(({ lastFailure }) => lastFailure !== null)?.lastFailure ?? null,
    inFlight: sum(({ inFlight }) => inFlight),
    latencyMs: states.length === 1 ? first.latencyMs : latencyOf(states),
    notClosed: states.filter(({ breaker }) => breaker !== 'closed').length,
    states,
  };
}

/** Of those that have one, weighted by their answers; null where none was answered. */
export function latencyOf(states: readonly HealthState[]): number | null {
  let sum = 0;
  let count = 0;
  for (const { latencyMs, successes } of states) {
    if (latencyMs === null || successes === 0) continue;
    sum += latencyMs * successes;
    count += successes;
  }
  return count === 0 ? null : sum / count;
}

function rank({ breaker }: HealthState): number {
  return worst.indexOf(breaker);
}
