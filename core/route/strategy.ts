import type { Health, HealthState } from '../../sdk/health.ts';
import type { Strategy, Target } from '../../sdk/target.ts';
import { type Hash, hashText } from './hash.ts';
import { busyLoad, isUntried, latencyLoad } from './load.ts';
import { drawOf } from './rendezvous.ts';

/** A session keeps its target, whose prompt cache knows it, until another is so many times better. */
const stickyUntil = 2;

/** What a choice among the targets of a group depends on. */
export interface Choice {
  readonly health: Pick<Health, 'of'>;
  /** Whom the choice is the same for: the session, else the user, else this request alone. */
  readonly stickyKey: string;
  /** Whether `stickyKey` is a session, which likes to stay where its prompt is cached. */
  readonly session: boolean;
  /** What the request costs at a target, in nano-dollars; null where nobody knows. */
  priceOf?(target: Target): number | null;
}

interface Row {
  readonly target: Target;
  readonly state: HealthState;
  /** Milliseconds that the target must be left alone. */
  readonly waitMs: number;
  /** The lowest goes first. */
  rank: number;
}

/**
 * The targets of a group in the order in which they are to be tried. Ties stay as they are listed; targets that must
 * wait go last, the shortest wait first.
 *
 * @returns each target once.
 */
export function arrange(targets: readonly Target[], strategy: Strategy, choice: Choice): readonly Target[] {
  if (targets.length < 2) return targets;
  const key = strategy === 'weighted' || choice.session ? hashText(choice.stickyKey) : null;
  const rows = targets.map((target): Row => {
    const state = choice.health.of(target.id);
    return { target, state, waitMs: state.waitMs, rank: rankOf(strategy, target, state, key, choice) };
  });
  if (choice.session && (strategy === 'least-latency' || strategy === 'least-busy')) {
    keepSession(rows, strategy, key!);
  }
  // The sort is stable, so ties keep their order.
  return rows.sort(byTurn).map(({ target }) => target);
}

function byTurn(a: Row, b: Row): number {
  if (a.waitMs !== b.waitMs && (a.waitMs > 0 || b.waitMs > 0)) return a.waitMs - b.waitMs;
  // Infinite ranks are equal, and their difference is no number.
  return a.rank === b.rank ? 0 : a.rank - b.rank;
}

function rankOf(
  strategy: Strategy,
  target: Target,
  state: HealthState,
  key: Hash | null,
  { priceOf }: Choice,
): number {
  switch (strategy) {
    case 'ordered':
      return 0;
    case 'weighted':
      return -drawOf(key!, target);
    case 'least-latency':
      return isUntried(state) ? state.inFlight - Number.MAX_SAFE_INTEGER : latencyLoad(state);
    case 'least-busy':
      return state.breaker === 'half-open' ? 0 : busyLoad(state, target.weight);
    case 'least-cost':
      return priceOf?.(target) ?? Infinity;
  }
}

/** Puts the session's own target first, unless it is more than twice as loaded as the best one that is known. */
function keepSession(rows: readonly Row[], strategy: 'least-latency' | 'least-busy', key: Hash): void {
  let own: Row | null = null;
  let ownDraw = 0;
  let best = Infinity;
  for (const row of rows) {
    if (row.waitMs > 0) continue;
    const draw = drawOf(key, row.target);
    if (own === null || draw > ownDraw) [own, ownDraw] = [row, draw];
    best = Math.min(best, loadOf(row, strategy));
  }
  if (own !== null && loadOf(own, strategy) <= stickyUntil * best) own.rank = -Infinity;
}

function loadOf({ target, state }: Row, strategy: 'least-latency' | 'least-busy'): number {
  return strategy === 'least-busy' ? busyLoad(state, target.weight) : latencyLoad(state);
}
