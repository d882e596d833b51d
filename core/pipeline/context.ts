import type { Answer } from '../../sdk/chunk.ts';
import type { AttemptContext, RequestContext, ResponseContext, SettledContext } from '../../sdk/context.ts';
import type { Identity } from '../../sdk/identity.ts';
import type { Caller } from '../../sdk/keys.ts';
import type { PolicyVerb } from '../../sdk/policy-verb.ts';
import type { RoutePlan } from '../../sdk/route.ts';
import type { Target } from '../../sdk/target.ts';
import type { Aside, Trace, TraceAttempt } from '../../sdk/trace.ts';
import type { RequestView } from '../../sdk/view.ts';
import type { Exchange } from './exchange.ts';

/** The read-only face of an exchange that hooks get. */
export class HookContext implements RequestContext {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get requestId(): string {
    return this.#exchange.options.requestId;
  }

  get traceId(): string {
    return this.#exchange.options.traceId;
  }

  get arrivedAtMs(): number {
    return this.#exchange.options.arrivedAtMs;
  }

  get ip(): string {
    return this.#exchange.options.ip;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#exchange.headers;
  }

  get view(): RequestView {
    return this.#exchange.options.body.view;
  }

  get identity(): Identity {
    return this.#exchange.identity;
  }

  get caller(): Caller {
    return this.#exchange.options.caller;
  }

  get aside(): Aside | null {
    return this.#exchange.options.aside ?? null;
  }

  get tags(): Readonly<Record<string, string>> {
    return this.#exchange.tags;
  }

  get verbs(): readonly PolicyVerb[] {
    return this.#exchange.verbs;
  }

  get policyVersion(): string {
    return this.#exchange.options.program.version;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  /** Milliseconds since the request arrived. */
  get elapsedMs(): number {
    return this.#exchange.elapsedMs();
  }
}

/** The face of one attempt. */
export class HookAttemptContext extends HookContext implements AttemptContext {
  readonly attempt: number;
  readonly target: Target;
  readonly plan: RoutePlan;

  readonly earlier: readonly TraceAttempt[];
  readonly hedge: boolean;

  constructor(exchange: Exchange, attempt: number, target: Target, plan: RoutePlan, hedge: boolean) {
    super(exchange);
    this.earlier = exchange.recorder.attempts;
    this.hedge = hedge;
    this.attempt = attempt;
    this.target = target;
    this.plan = plan;
  }
}

/** The face of an answer. */
export class HookResponseContext extends HookContext implements ResponseContext {
  readonly target: Target | null;
  readonly attempt: number;
  readonly status: number;
  readonly cached: boolean;

  constructor(exchange: Exchange, attempt: number, status: number) {
    super(exchange);
    this.target = exchange.target;
    this.attempt = attempt;
    this.status = status;
    this.cached = exchange.target === null;
  }
}

/** The face of a finished exchange. */
export class HookSettledContext extends HookContext implements SettledContext {
  readonly trace: Trace;
  readonly answer: Answer | null;

  constructor(exchange: Exchange, trace: Trace) {
    super(exchange);
    this.trace = trace;
    this.answer = exchange.answer;
  }
}
