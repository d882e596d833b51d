import type { Answer } from '../../sdk/chunk.ts';
import type { AttemptContext, RequestContext, ResponseContext, SettledContext } from '../../sdk/context.ts';
import type {
  AnswerDecision,
  AttemptDecision,
  ChunkObserver,
  ChunkTransform,
  RequestDecision,
  RouteDecision,
} from '../../sdk/decision.ts';
import type { MaybePromise, OnFailure, RequestHooks, StreamMode } from '../../sdk/plugin.ts';
import type { PluginMetrics } from '../../sdk/plugin-metric.ts';
import type { PluginRoute } from '../../sdk/plugin-route.ts';
import type { BudgetFact, BudgetQuestion, PolicyFacts } from '../../sdk/policy-facts.ts';
import type { PolicyVerb } from '../../sdk/policy-verb.ts';
import type { Prices } from '../../sdk/prices.ts';
import type { RouteWrites } from '../../sdk/route.ts';
import type { HookName, RuleTrace } from '../../sdk/trace.ts';

/** `off` never runs; `shadow` runs, is recorded and changes nothing. */
export type StepMode = 'enforce' | 'shadow' | 'off';

/** What policies add to a decision. */
export interface Explained {
  /** For the trace: one record per rule that was looked at. */
  readonly rules?: readonly RuleTrace[];
  /** For the plugins that carry them out. */
  readonly verbs?: readonly PolicyVerb[];
}

/** The route writes of one policy script, kept apart by rule so that the trace can name each winner. */
export interface WritesByRule {
  readonly byRule?: readonly { readonly rule: string; readonly writes: RouteWrites }[];
}

/** An observer that may also conclude something from the finished answer: policies do, plugins observe only. */
export interface StepObserver extends ChunkObserver {
  /** The answer has been sent: of what is returned only tags and the trace of the rules count. */
  conclude?(answer: Answer): MaybePromise<(AnswerDecision & Explained) | undefined>;
}

/** Facts that a test states in place of those of plugins. */
export interface GivenFacts {
  budget(ctx: RequestContext, period: BudgetQuestion['period'], by: BudgetQuestion['by']): BudgetFact | null;
  costUsd(ctx: ResponseContext, answer: Answer): number | null;
}

/**
 * One file of the policies folder, ready to run: a plugin with its options or a policy script. The pipeline
 * knows nothing else; what kind a step is only shows in tables and traces.
 */
export interface Step {
  readonly file: string;
  readonly name: string;
  readonly kind: 'plugin' | 'policy';
  readonly summary: string;
  readonly mode: StepMode;
  readonly onFailure: OnFailure;
  /** Limit of each asynchronous hook call. */
  readonly timeoutMs: number;
  readonly hooks: readonly HookName[];
  /** How `afterResponse` treats a stream; null where there is no such hook. */
  readonly streamMode: StreamMode | null;
  /** Characters held back at most, in mode `chunk`. */
  readonly holdBackChars: number;
  /** Whether the step applies to a request at all; null when it always does. */
  readonly match: ((ctx: RequestContext) => MaybePromise<boolean>) | null;
  /** It decides who may pass. */
  readonly authenticates?: boolean;
  /** It answers from a cache. */
  readonly caches?: boolean;
  /** It also sees the questions that plugins ask. */
  readonly accounts?: boolean;
  /** Services for the files after this one. */
  readonly provides?: RequestHooks<unknown>['provides'];
  /** Answers to what policies ask. */
  readonly facts?: PolicyFacts;
  /** Paths that it answers, in every mode but `off`. */
  readonly routes?: readonly PluginRoute[];
  /** What `/metrics` is to tell of it. */
  readonly metrics?: PluginMetrics;
  /** Of a policy: the same step, told other facts. For tests, which say what was spent. */
  withFacts?(facts: GivenFacts): Step;

  state?(ctx: RequestContext): unknown;
  onRequest?(ctx: RequestContext, state: unknown): MaybePromise<(RequestDecision & Explained) | undefined>;
  route?(
    ctx: RequestContext,
    state: unknown,
  ): MaybePromise<(RouteDecision & Explained & WritesByRule) | undefined>;
  beforeUpstream?(
    ctx: AttemptContext,
    state: unknown,
  ): MaybePromise<(AttemptDecision & Explained) | undefined>;
  /** Modes `observe` and `chunk`: called before the first chunk. */
  observe?(ctx: ResponseContext, state: unknown): StepObserver | undefined;
  transform?(ctx: ResponseContext, state: unknown): ChunkTransform | undefined;
  /** Mode `whole`: false where this answer may pass without the step; see `WholeHooks`. */
  wants?(ctx: ResponseContext, state: unknown): boolean;
  /** Mode `whole`: called with the finished answer. */
  whole?(
    ctx: ResponseContext,
    state: unknown,
    answer: Answer,
  ): MaybePromise<(AnswerDecision & Explained) | undefined>;
  masks?: RequestHooks<unknown>['masks'];
  settled?(ctx: SettledContext, state: unknown): MaybePromise<void>;
  close?(): MaybePromise<void>;
}

/** The compiled policies folder: what every request runs through, from its first hook to its last. */
export interface Program {
  /** Hash of the folder's contents, 12 hexadecimal digits. */
  readonly version: string;
  readonly folder: string;
  readonly loadedAtMs: number;
  /** In folder order, without those whose mode is `off`. */
  readonly steps: readonly Step[];
  /** With what files of the folder say about them. */
  readonly prices: Prices;
  /** Called once, after its steps were closed, when no request runs on it any more. */
  close?(): MaybePromise<void>;
}
