import type { Json } from './json.ts';
import type { FailureKind } from './target.ts';
import type { Usage } from './usage.ts';

/** The four hooks, in the order of a request. */
export type HookName = 'onRequest' | 'route' | 'beforeUpstream' | 'afterResponse';

/** One predicate that was evaluated: its name, its arguments, what it saw, what came out. */
export interface LeafTrace {
  readonly leaf: string;
  readonly args: readonly Json[];
  readonly saw: Json;
  readonly result: boolean;
}

/** A write that lost its slot, to whom and why. */
export interface LostWrite {
  readonly policy: string;
  readonly rule: string | null;
  readonly slot: string;
  readonly value: Json;
  /** Such as `first writer cheap-default/hard` or `outside only(region: eu) of eu-residency/pin`. */
  readonly why: string;
}

/** One rule of a policy script in one request: the explain record. */
export interface RuleTrace {
  readonly policy: string;
  readonly rule: string;
  /** `file:line` of the rule. */
  readonly at: string;
  readonly matched: boolean;
  readonly leaves: readonly LeafTrace[];
  /** Indexes of the leaves that made a matching rule match; absent where all did. */
  readonly because?: readonly number[];
  /** What the rule's verbs wrote, by slot; absent where it did not match. */
  readonly wrote?: Json;
  readonly us: number;
  /** Ticks of sandboxed code, 0 where none ran. */
  readonly fuel: number;
  readonly error?: string;
}

/** One step of the program (a plugin file or a policy script) at one hook. */
export interface TraceStep {
  readonly hook: HookName;
  /** The file in the policies folder. */
  readonly file: string;
  /** Name of the plugin or policy. */
  readonly name: string;
  readonly decision: 'continue' | 'deny' | 'respond' | 'skip' | 'error' | 'unmatched';
  /** True when the step ran in shadow mode: the decision was recorded and not applied. */
  readonly shadow?: boolean;
  readonly attempt?: number;
  readonly reason?: string;
  readonly details?: Json;
  readonly wrote?: Json;
  readonly rules?: readonly RuleTrace[];
  readonly error?: string;
  /** Milliseconds from the arrival of the request to the call. */
  readonly startedMs: number;
  readonly durationUs: number;
  /** What the step is for, where its plugin says so: who may pass, or answers from a cache. */
  readonly role?: 'auth' | 'cache';
}

/** One call of a provider. */
export interface TraceAttempt {
  readonly number: number;
  readonly target: string;
  readonly provider: string;
  /** Milliseconds from the arrival of the request. */
  readonly startedMs: number;
  /** 16 hexadecimal digits; the provider was told them in `traceparent`. */
  readonly spanId: string;
  status: number | null;
  failure: FailureKind | null;
  /** The provider's own request id, where it gave one. */
  upstreamRequestId: string | null;
  /** Milliseconds from the start of the attempt to the first event or byte of the answer. */
  firstByteMs: number | null;
  durationMs: number | null;
  /** Which of the provider's keys was used, from 1; null where it has one or none. */
  providerKey: number | null;
  /** What the attempt used, as far as it is known: counted by the provider, else estimated from what was relayed. */
  usage: Usage | null;
  /** The service tier that the answer names, such as `flex`. */
  serviceTier: string | null;
  /** Null where nobody knows the price. */
  costNanoUsd: number | null;
  /** It ran beside another one (hedging). */
  hedge: boolean;
}

/** A target of the plan that was not asked. */
export interface PassedOver {
  readonly target: string;
  /** Such as `breaker open for 8.2 s` or `dearer than 5 times the first target (12.1)`. */
  readonly why: string;
}

/** A question that a plugin asks a model on behalf of a request. */
export interface Aside {
  /** What for, in a word, such as `classifier`. */
  readonly purpose: string;
  /** The request's first question is 1. */
  readonly number: number;
}

/** How a request ended. */
export type Outcome = 'complete' | 'denied' | 'failed' | 'client_gone' | 'interrupted' | 'shutdown';

/**
 * The record of one request. `GET /v1/decisions/{id}`, `sluice explain`, the playground, logs and telemetry all
 * read this one. It holds no prompt text.
 */
export interface Trace {
  readonly v: 1;
  readonly requestId: string;
  readonly traceId: string;
  /** The caller's span, from its `traceparent`; null where it sent none. */
  readonly parentSpanId: string | null;
  /** Whether the request's spans are for telemetry: told to providers, and true of all where nothing says otherwise. */
  readonly sampled: boolean;
  readonly startedAtMs: number;
  readonly api: string;
  readonly stream: boolean;
  readonly alias: string;
  readonly configVersion: string;
  readonly policyVersion: string;
  readonly tenant: string;
  readonly key: string;
  /** Hash of the end user's id; null where none was sent. */
  readonly user: string | null;
  readonly feature: string | null;
  /** What the client calls the conversation: `X-Session-Id`, its first 200 characters. */
  readonly session: string | null;
  readonly steps: readonly TraceStep[];
  readonly lost: readonly LostWrite[];
  readonly plan: { readonly targets: readonly string[]; readonly constraints: readonly string[] } | null;
  readonly attempts: readonly TraceAttempt[];
  readonly passedOver: readonly PassedOver[];
  /** Set where this is the record of a question: its cost is the request's, which has a record of its own. */
  readonly aside: Aside | null;
  /**
   * Attempts of the questions that plugins asked for it. Each was booked by itself. Those that end after the request are in
   * the kept record as soon as they do, and not in what `settled` and telemetry were given.
   */
  readonly asides: readonly (TraceAttempt & Pick<Aside, 'purpose'>)[];
  /** How far the answering target is from the plan's first. */
  readonly fallback: 'none' | 'same-vendor' | 'cross-vendor';
  /** Where the answer came from when no provider gave it, such as `exact` for a cache. */
  readonly source: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly outcome: Outcome;
  readonly status: number;
  readonly errorCode: string | null;
  readonly model: string | null;
  readonly usage: Usage | null;
  /** Of all attempts together; null where nobody knows the price of one. */
  readonly costNanoUsd: number | null;
  /** What could not be carried to the target's dialect. */
  readonly dropped: readonly string[];
  readonly durationMs: number;
  /** Time spent in the gateway itself before the answer's first byte. */
  readonly overheadMs: number;
}

/**
 * The attempt whose answer the client got, else the last one: `Trace.usage` is its usage. Undefined where no provider was
 * asked.
 */
export function answeringAttempt(attempts: readonly TraceAttempt[]): TraceAttempt | undefined {
  return attempts.find(({ firstByteMs }) => firstByteMs !== null) ?? attempts.at(-1);
}
