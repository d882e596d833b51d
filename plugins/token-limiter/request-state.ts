import type { Cancel, RequestView, Target } from '../../sdk/index.ts';
import type { Bound } from './bound.ts';
import type { Hold } from './hold.ts';

/** What is held for one attempt. */
export interface AttemptHold {
  /** The attempt's number. */
  readonly number: number;
  readonly hold: Hold;
}

/** What the plugin keeps of one request. */
export class RequestState {
  /** What is held for the request as a whole; null where nothing limits it. */
  request: Hold | null = null;
  /** What was added to it for a dearer target. */
  readonly topUps: Hold[] = [];
  /** What is held for attempts under way, of limits by provider and model; more than one where requests are hedged. */
  readonly attempts: AttemptHold[] = [];
  /** Number of the attempt that is being prepared. */
  attempt = 0;
  /** The target that was asked last. */
  target: Target | null = null;
  /** The request that something is held for, and the targets that this is enough for, as long as nobody changes it. */
  heldFor: RequestView | null = null;
  targets: readonly Target[] = [];
  /** What the bound was made of last. */
  view: RequestView | null = null;
  bound: Bound | null = null;
  /** Set once it is settled: nothing may be held any more. */
  over = false;
  /** An admission under way; it never rejects. */
  pending: Promise<void> | null = null;
  /** Holds made so far: each has an id of its own. */
  made = 0;
  /** Reading of the monotonic clock at the first hold. */
  heldSinceMs = 0;
  cancelExtension: Cancel | null = null;

  /** All holds that are open. */
  *holds(): Generator<Hold> {
    if (this.request !== null) yield this.request;
    yield* this.topUps;
    for (const { hold } of this.attempts) yield hold;
  }
}
