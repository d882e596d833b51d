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
import type { RouteWrites } from '../../sdk/route.ts';
import type { HookName, RuleTrace } from '../../sdk/trace.ts';

/** `off` never runs; `shadow` runs, is recorded and changes nothing. */
export type StepMode = 'enforce' | 'shadow' | 'off';

/** What policies add to a decision for the trace: one record per rule that was looked at. */
export interface Explained {
  readonly rules?: readonly RuleTrace[];
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
  /** Services for the files after this one. */
  readonly provides?: RequestHooks<unknown>['provides'];

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
  /** Mode `whole`: called with the finished answer. */
  whole?(
    ctx: ResponseContext,
    state: unknown,
    answer: Answer,
  ): MaybePromise<(AnswerDecision & Explained) | undefined>;
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
  /** Called once, after its steps were closed, when no request runs on it any more. */
  close?(): MaybePromise<void>;
}
