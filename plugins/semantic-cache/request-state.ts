import type { Identity, PolicyVerb, RequestView, Respond } from '../../sdk/index.ts';
import type { Candidate, Prepared } from './candidates.ts';
import type { Flight } from './flights.ts';
import type { Recorder } from './recorder.ts';
import type { RequestKey } from './request-key.ts';
import type { Wish } from './wish.ts';

/** What the cache knows of one request. */
export interface RequestState {
  /** Reading of the monotonic clock when it was looked for; what is purged from then on is not kept. */
  startedMs: number;
  /** Null where the cache has no part in the request. */
  wish: Wish | null;
  key: RequestKey | null;
  /** The request as it was looked for. */
  view: RequestView | null;
  identity: Identity | null;
  verbs: readonly PolicyVerb[];
  tags: Readonly<Record<string, string>>;
  /** Its answer may be kept. */
  keep: boolean;
  ttlMs: number;
  /** How much longer its answer is kept for when no provider answers. */
  staleMs: number;
  prepared: Prepared | null;
  recorder: Recorder | null;
  flight: Flight | null;
  /** What would have been served, were anything. */
  withheld: Candidate | null;
  /** Why that is. */
  withheldBy: string;
  /** What is answered should no provider answer. */
  stale: Stale | null;
}

/** An answer whose time is over, for when no provider answers. */
export interface Stale {
  readonly respond: Respond;
  /** Where it was found by its meaning. */
  readonly entry: Candidate | null;
  /** The request that it was made for. */
  readonly answerOf: string;
}

export function newState(): RequestState {
  return {
    startedMs: 0,
    wish: null,
    key: null,
    view: null,
    identity: null,
    verbs: [],
    tags: {},
    keep: false,
    ttlMs: 0,
    staleMs: 0,
    prepared: null,
    recorder: null,
    flight: null,
    withheld: null,
    withheldBy: '',
    stale: null,
  };
}
