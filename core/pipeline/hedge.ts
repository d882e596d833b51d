import type { Failure } from '../../sdk/provider.ts';
import type { RoutePlan } from '../../sdk/route.ts';
import type { Reply } from '../response/reply.ts';
import { type AttemptsDeps, ask } from './ask.ts';
import { beforeUpstream, type Readiness } from './before-upstream.ts';
import { respondWith } from './canned.ts';
import type { Exchange } from './exchange.ts';
import { failureError, noTarget } from './failure.ts';
import { Lane } from './lane.ts';
import type { Candidate, PlanWalk } from './walk.ts';

/** Name of the credit that hedges of all requests share. */
const creditId = 'hedges';

/** Whether a request may be asked of two targets at once. Counts it towards the share of those that are. */
export function mayHedge(x: Exchange, plan: RoutePlan): boolean {
  const { hedge } = plan.failover;
  if (hedge === undefined) return false;
  if (!hedge.withTools && x.options.body.view.tools.length > 0) return false;
  x.services.health.earnRetry(creditId, hedge.maxShare);
  return true;
}

/** How one of the attempts ended: `over` when the exchange is, null where a hook skipped its target. */
type Ended = Failure | 'over' | null;

/**
 * Walks a plan with at most two attempts under way. The second begins when the first has not answered after the
 * plan's delay, what it can cost having been held by then. Whichever answers first ends the other; where both fail
 * the walk goes on. There are no retries of the same target: the next one is the retry.
 */
export class Hedge {
  readonly #x: Exchange;
  readonly #reply: Reply;
  readonly #plan: RoutePlan;
  readonly #walk: PlanWalk;
  readonly #deps: AttemptsDeps;
  readonly #lanes = new Set<Lane>();
  #answered = false;

  constructor(x: Exchange, reply: Reply, plan: RoutePlan, walk: PlanWalk, deps: AttemptsDeps) {
    this.#x = x;
    this.#reply = reply;
    this.#plan = plan;
    this.#walk = walk;
    this.#deps = deps;
  }

  /** @throws GatewayError where no target answers. */
  async run(): Promise<void> {
    let last: Failure | null = null;
    for (let next = this.#walk.next(last); next !== null; next = this.#walk.next(last)) {
      const ended = await this.#race(next);
      if (ended === 'over') return;
      last = ended ?? last;
    }
    throw last === null
      ? noTarget(this.#plan, this.#x.recorder.passedOver, this.#walk.waitMs)
      : failureError(last);
  }

  async #race(first: Candidate): Promise<Ended> {
    let second: Promise<Ended> | null = null;
    const cancel = this.#x.services.clock.after(this.#plan.failover.hedge!.afterMs, () => {
      second = this.#second();
    });
    const ended = await this.#attempt(first, false).finally(cancel);
    if (second === null) return ended;
    const other: Ended = await second;
    if (ended === 'over' || other === 'over') return 'over';
    return other ?? ended;
  }

  /** A hedge is an extra: whatever speaks against it is no failure of the request. */
  async #second(): Promise<Ended> {
    const { services } = this.#x;
    if (this.#answered || this.#x.over || this.#x.aborted !== null || this.#lanes.size === 0) return null;
    if (!services.health.allowRetry(creditId)) return null;
    const candidate = this.#walk.next(null);
    if (candidate === null) return null;
    const { recorder } = this.#x;
    const { deniedBy } = recorder;
    try {
      return await this.#attempt(candidate, true);
    } catch (error) {
      // The step refused an extra, not the request.
      if (!this.#x.over) recorder.deniedBy = deniedBy;
      services.log.debug(
        { request_id: this.#x.options.requestId, error: String(error) },
        'no hedge was made',
      );
      return null;
    }
  }

  async #attempt({ target, attempt, health }: Candidate, hedge: boolean): Promise<Ended> {
    const x = this.#x;
    let ready: Readiness;
    try {
      ready = await beforeUpstream(x, target, this.#plan, attempt, hedge);
    } catch (error) {
      health.left();
      throw error;
    }
    // While the hooks of a hedge were deciding the first attempt may have answered, or everything may be over.
    const late = x.over || x.aborted !== null || this.#answered;
    if (late || ready.type !== 'go') health.left();
    if (late) return 'over';
    if (ready.type === 'skip') return null;
    if (ready.type === 'respond') {
      if (hedge) return null;
      await respondWith(x, this.#reply, ready.respond);
      return 'over';
    }
    const lane = new Lane();
    this.#lanes.add(lane);
    const question = {
      plan: this.#plan,
      target,
      attempt,
      changes: ready.changes,
      health,
      hedge,
      lane,
      onAnswering: () => this.#win(lane),
    };
    const failure = await ask(x, this.#reply, question, this.#deps).finally(() => {
      this.#lanes.delete(lane);
      health.left();
    });
    return failure === null || x.over || x.aborted !== null ? 'over' : failure;
  }

  /** The first to answer ends the other before anything reaches the client. */
  #win(winner: Lane): void {
    this.#answered = true;
    for (const lane of this.#lanes) if (lane !== winner) lane.stop();
  }
}
