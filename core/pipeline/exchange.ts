import type { Answer } from '../../sdk/chunk.ts';
import type { Respond } from '../../sdk/decision.ts';
import type { GatewayError } from '../../sdk/errors.ts';
import { anonymous, type Identity } from '../../sdk/identity.ts';
import type { Caller } from '../../sdk/keys.ts';
import type { PolicyVerb } from '../../sdk/policy-verb.ts';
import type { RoutePlan } from '../../sdk/route.ts';
import type { Cancel, Services } from '../../sdk/services.ts';
import type { Target } from '../../sdk/target.ts';
import type { Aside, Outcome, Trace } from '../../sdk/trace.ts';
import type { Usage } from '../../sdk/usage.ts';
import type { RequestBody } from '../body/request-body.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Program, Step } from '../program/step.ts';
import type { AnswerBuilder } from '../response/answer.ts';
import type { SetConstraint } from '../route/draft.ts';
import { safeHeaders } from '../server/headers.ts';
import type { ResponseSink } from '../server/incoming.ts';
import { TraceRecorder } from '../trace/recorder.ts';
import type { AttemptsDeps } from './ask.ts';
import { HookContext } from './context.ts';

const noVerbs: readonly PolicyVerb[] = Object.freeze([]);

/** What an exchange is made of when its body has been read. */
export interface ExchangeOptions {
  readonly requestId: string;
  readonly traceId: string;
  /** The caller's span; null where it named none. */
  readonly parentSpanId: string | null;
  /** Whether telemetry is to hear of the request. */
  readonly sampled: boolean;
  readonly ip: string;
  /** As they came; hooks see `Exchange.headers`. */
  readonly rawHeaders: Readonly<Record<string, string | string[] | undefined>>;
  readonly dialect: Dialect;
  readonly body: RequestBody;
  readonly sink: ResponseSink;
  readonly program: Program;
  readonly services: Services;
  readonly configVersion: string;
  readonly arrivedAtMs: number;
  /** Reading of the monotonic clock at arrival. */
  readonly startedMs: number;
  readonly timeoutMs: number;
  identity?: Identity;
  readonly caller: Caller;
  readonly attempts: AttemptsDeps;
  /** Characters of its answer that are kept for `telemetry.capture`; none where it is absent. */
  readonly captureChars?: number;
  /** Set for a question that a plugin asks beside the request of this id. */
  readonly aside?: Aside;
  /** Called once, when the exchange is over, with the final record. */
  onSettled(trace: Trace, exchange: Exchange): void;
  /** Called for each attempt of a question for this request that ends after its record was made. */
  onLateAside?(requestId: string, aside: Trace['asides'][number]): void;
}

/** One request on its way through the gateway, and the only place where its state is kept. */
export class Exchange {
  readonly options: ExchangeOptions;
  readonly recorder = new TraceRecorder();
  /** What hooks are shown. */
  readonly context: HookContext;
  readonly states: unknown[] = [];
  readonly matched: (boolean | undefined)[] = [];
  readonly constraints: SetConstraint[] = [];
  /** Where `InFlight` keeps it. */
  place = -1;
  identity: Identity;
  tags: Readonly<Record<string, string>> = {};
  /** What policies left to plugins. */
  verbs: readonly PolicyVerb[] = noVerbs;
  responseHeaders: Record<string, string> = {};
  /** Headers that hooks want sent to the provider; null removes one. */
  upstreamHeaders: Record<string, string | null> = {};
  plan: RoutePlan | null = null;
  /** What a step offered for when no target answers. */
  offer: { readonly step: Step; readonly respond: Respond } | null = null;
  /** The target that answers, once there is one. */
  target: Target | null = null;
  /** Output limit that the answering target was given, for each choice; null for none. */
  outputLimit: number | null = null;
  /** Where the answer came from when a hook gave it. */
  source: string | null = null;
  answer: Answer | null = null;
  /** The answer as the provider gives it, before any step has seen it. Only where it is captured. */
  given: AnswerBuilder | null = null;
  usage: Usage | null = null;
  model: string | null = null;
  status = 0;
  error: GatewayError | null = null;
  /** Milliseconds spent waiting for providers before the answer's first byte. */
  waitedMs = 0;
  #firstByteMs: number | null = null;
  #headers: Readonly<Record<string, string>> | null = null;
  #break: ((error: GatewayError, outcome: Outcome) => void) | null = null;
  #over = false;
  #abort: AbortController | null = null;
  readonly #aborters: ((reason: Outcome) => void)[] = [];
  #aborted: Outcome | null = null;
  #cancelDeadline: Cancel | null = null;

  constructor(options: ExchangeOptions) {
    this.options = options;
    this.identity = options.identity ?? anonymous;
    this.context = new HookContext(this);
  }

  get services(): Services {
    return this.options.services;
  }

  /** True once the record is made: nothing may be sent or changed any more. */
  get over(): boolean {
    return this.#over;
  }

  /** Why the exchange was broken off from outside; null while it was not. */
  get aborted(): Outcome | null {
    return this.#aborted;
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#aborted !== null) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** For an answer after the work was broken off: what its steps ask is not part of that work. */
  renewSignal(): void {
    if (this.#aborted !== null) this.#abort = new AbortController();
  }

  /** Client headers without credentials and cookies. */
  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= safeHeaders(this.options.rawHeaders);
    return this.#headers;
  }

  elapsedMs(): number {
    return this.services.clock.monotonic() - this.options.startedMs;
  }

  /** Milliseconds from the arrival to a reading of the monotonic clock. */
  sinceArrivalMs(monotonicMs: number): number {
    return Math.round((monotonicMs - this.options.startedMs) * 1000) / 1000;
  }

  /** The answer begins: from here on the time is the provider's and the client's, not ours. */
  markFirstByte(): void {
    this.#firstByteMs ??= this.elapsedMs();
  }

  /** Milliseconds that the gateway itself took before the answer's first byte. */
  overheadNowMs(): number {
    return Math.max(0, (this.#firstByteMs ?? this.elapsedMs()) - this.waitedMs);
  }

  /** How far the answering target is from the plan's first: the same vendor or another. */
  get fallback(): 'none' | 'same-vendor' | 'cross-vendor' {
    const first = this.plan?.targets[0];
    if (first === undefined || this.target === null || first.id === this.target.id) return 'none';
    return first.vendor === this.target.vendor ? 'same-vendor' : 'cross-vendor';
  }

  /** Runs `expire` when the request's time is up. */
  armDeadline(expire: () => void): void {
    this.#cancelDeadline = this.services.clock.after(this.options.timeoutMs, expire);
  }

  /** Who ends the work under way when the exchange is broken off: attempts and pauses. */
  whenAborted(run: (reason: Outcome) => void): Cancel {
    if (this.#aborted !== null) {
      run(this.#aborted);
      return () => undefined;
    }
    this.#aborters.push(run);
    return () => {
      const at = this.#aborters.indexOf(run);
      if (at >= 0) this.#aborters.splice(at, 1);
    };
  }

  /** Who tells the client when the exchange is broken off: the pipeline. */
  whenBroken(run: (error: GatewayError, outcome: Outcome) => void): void {
    this.#break = run;
  }

  /** Ends the exchange from outside with an answer to the client: the time is up, the process stops. */
  breakOff(error: GatewayError, outcome: Outcome): void {
    if (this.#over || this.#aborted !== null) return;
    this.abort(outcome);
    this.#break?.(error, outcome);
  }

  /** Stops the work under way; nobody is told. For a client that left. */
  abort(reason: Outcome): void {
    if (this.#over || this.#aborted !== null) return;
    this.#aborted = reason;
    this.#abort?.abort();
    for (const run of this.#aborters.splice(0)) run(reason);
  }

  /** Marks the end. True for the first caller only. */
  close(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#cancelDeadline?.();
    this.#aborters.length = 0;
    return true;
  }
}
