import type { Answer } from './chunk.ts';
import type { Identity } from './identity.ts';
import type { Caller } from './keys.ts';
import type { PolicyVerb } from './policy-verb.ts';
import type { RoutePlan } from './route.ts';
import type { Target } from './target.ts';
import type { Aside, Trace, TraceAttempt } from './trace.ts';
import type { RequestView } from './view.ts';

/** What every hook can read of its request. Read-only: hooks return decisions, nothing is mutated. */
export interface RequestContext {
  readonly requestId: string;
  readonly traceId: string;
  /** When the request arrived, milliseconds since the epoch. */
  readonly arrivedAtMs: number;
  readonly ip: string;
  /** Client headers in lower case, without credentials and cookies. */
  readonly headers: Readonly<Record<string, string>>;
  /** The request as changed by the steps before this one. */
  readonly view: RequestView;
  readonly identity: Identity;
  /** What became of the credential that came. Never the credential itself. */
  readonly caller: Caller;
  /** Set where this is no request of a client but a question that a plugin asks on behalf of one. */
  readonly aside: Aside | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Verbs that policies before this step left to plugins, in their order. */
  readonly verbs: readonly PolicyVerb[];
  readonly policyVersion: string;
  /** Aborts when the client goes away or the request's time is up. */
  readonly signal: AbortSignal;
}

/** A request on its way to one target. */
export interface AttemptContext extends RequestContext {
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly target: Target;
  readonly plan: RoutePlan;
  /** The attempts before this one; one that is still under way has no `durationMs`. */
  readonly earlier: readonly TraceAttempt[];
  /** It runs beside another one that is slow. */
  readonly hedge: boolean;
}

/** An answer on its way to the client. */
export interface ResponseContext extends RequestContext {
  /** Null when a hook answered in place of a provider. */
  readonly target: Target | null;
  readonly attempt: number;
  readonly status: number;
  /** True when a hook answered (`respond`) in place of a provider. */
  readonly cached: boolean;
  /** Milliseconds since the request arrived. */
  readonly elapsedMs: number;
}

/** The end of a request, exactly once for each, whatever way it ended. */
export interface SettledContext extends RequestContext {
  readonly trace: Trace;
  /** What was relayed to the client, perhaps partly; null when there was no answer. */
  readonly answer: Answer | null;
}
