import type { Failure } from '../../sdk/provider.ts';
import type { RoutePlan } from '../../sdk/route.ts';
import { transientFailures } from '../../sdk/target.ts';
import type { Reply } from '../response/reply.ts';
import { type AttemptsDeps, ask } from './ask.ts';
import { retryDelayMs } from './backoff.ts';
import { beforeUpstream } from './before-upstream.ts';
import { respondWith } from './canned.ts';
import type { Exchange } from './exchange.ts';
import { failureError, noTarget } from './failure.ts';
import { Hedge, mayHedge } from './hedge.ts';
import { type Candidate, PlanWalk } from './walk.ts';

/** Retries of a target as a share of its requests, unless a policy says otherwise. */
const defaultRetryRatio = 0.1;

/**
 * Asks the plan's targets in order until one answers. A failure that the plan lets move on goes to the next target;
 * a passing one may be tried again at the same target within the plan's retry rule; targets that are known to fail are
 * passed over. Where the plan hedges, a slow target gets the next one beside it.
 */
export async function walkPlan(
  x: Exchange,
  reply: Reply,
  plan: RoutePlan,
  deps: AttemptsDeps,
): Promise<void> {
  const walk = new PlanWalk(x, plan, deps);
  if (mayHedge(x, plan)) return new Hedge(x, reply, plan, walk, deps).run();
  let last: Failure | null = null;
  for (let next = walk.next(last); next !== null; next = walk.next(last)) {
    const failure = await tryTarget(x, reply, plan, walk, next, deps);
    if (failure === 'over') return;
    last = failure ?? last;
  }
  throw last === null ? noTarget(plan, x.recorder.passedOver, walk.waitMs) : failureError(last);
}

/**
 * Asks one target, again where its failure passes.
 *
 * @returns `over` when there is nothing left to do, the failure that the walk goes on with, null where a hook skipped
 * the target.
 */
async function tryTarget(
  x: Exchange,
  reply: Reply,
  plan: RoutePlan,
  walk: PlanWalk,
  first: Candidate,
  deps: AttemptsDeps,
): Promise<Failure | 'over' | null> {
  const { target } = first;
  let candidate: Candidate | null = first;
  let last: Failure | null = null;
  x.services.health.earnRetry(target.id, plan.retry.ratio ?? defaultRetryRatio);
  for (let retries = 0; candidate !== null; retries += 1) {
    const { attempt, health } = candidate;
    let ready: Awaited<ReturnType<typeof beforeUpstream>>;
    try {
      ready = await beforeUpstream(x, target, plan, attempt, false);
    } catch (error) {
      health.left();
      throw error;
    }
    if (ready.type !== 'go' || x.over || x.aborted !== null) health.left();
    if (x.over || x.aborted !== null) return 'over';
    if (ready.type === 'respond') {
      await respondWith(x, reply, ready.respond);
      return 'over';
    }
    if (ready.type === 'skip') return last;
    const { changes } = ready;
    try {
      last = await ask(x, reply, { plan, target, attempt, changes, health, hedge: false }, deps);
    } finally {
      health.left();
    }
    if (last === null || x.over || x.aborted !== null) return 'over';
    const delayMs = retryDelay(x, plan, walk, target.id, last, retries);
    if (delayMs === null) return last;
    await pause(x, delayMs);
    if (x.over || x.aborted !== null) return 'over';
    candidate = walk.again(target);
  }
  return last;
}

/** How long to wait before the same target is tried again; null when it is not. */
function retryDelay(
  x: Exchange,
  plan: RoutePlan,
  walk: PlanWalk,
  targetId: string,
  failure: Failure,
  retries: number,
): number | null {
  const { retry } = plan;
  // A provider that wants to be left alone is left alone as long as there is somebody else.
  if (failure.retryAfterMs !== null && walk.hasNext(failure)) return null;
  if (retries >= retry.max || !(retry.on ?? transientFailures).includes(failure.kind)) return null;
  const delayMs = retryDelayMs(retries, failure.retryAfterMs, x.services.random.next(), retry);
  if (delayMs === null || !walk.mayWait(delayMs)) return null;
  return x.services.health.allowRetry(targetId) ? delayMs : null;
}

/** Waits, or not at all once the exchange is broken off. */
function pause(x: Exchange, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = x.services.clock.after(delayMs, () => {
      forget();
      resolve();
    });
    const forget = x.whenAborted(() => {
      cancel();
      resolve();
    });
  });
}
