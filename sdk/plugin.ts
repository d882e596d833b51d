import type { Answer } from './chunk.ts';
import type { AttemptContext, RequestContext, ResponseContext, SettledContext } from './context.ts';
import type {
  AnswerDecision,
  AttemptDecision,
  ChunkObserver,
  ChunkTransform,
  RequestDecision,
  RouteDecision,
} from './decision.ts';
import type { Json } from './json.ts';
import type { PluginMetrics } from './plugin-metric.ts';
import type { PluginRoute } from './plugin-route.ts';
import type { PolicyFacts } from './policy-facts.ts';
import type { ServiceName, Services } from './services.ts';

/** A value now or later. Hooks that answer at once cost nothing extra. */
export type MaybePromise<T> = T | Promise<T>;

/** What happens when a step throws or runs out of time: go on without it, or refuse with 503 `policy_error`. */
export type OnFailure = 'open' | 'closed';

/**
 * How `afterResponse` treats a stream, declared before the provider is called:
 * - `observe` sees chunks pass and changes nothing;
 * - `chunk` transforms them one by one, synchronously, holding back at most `holdBackChars`;
 * - `whole` needs the finished answer, which costs buffering (the client sees no byte until the end).
 */
export type StreamMode = 'observe' | 'chunk' | 'whole';

/** A JSON Schema (draft 2020-12 as far as ajv's default goes). Defaults in it are applied. */
export type JsonSchema = { readonly [key: string]: Json | undefined };

/** Hooks that every plugin may have. `State` is the plugin's own per-request value, the one thing it may write. */
export interface RequestHooks<State> {
  /** Makes the per-request state. Called once per request, before the plugin's first hook. */
  state?(ctx: RequestContext): State;
  /** Once per request, body parsed, in folder order. */
  onRequest?(ctx: RequestContext, state: State): MaybePromise<RequestDecision | undefined>;
  /** Once per request, in folder order: write slots of the plan. */
  route?(ctx: RequestContext, state: State): MaybePromise<RouteDecision | undefined>;
  /** Before each attempt, in folder order. */
  beforeUpstream?(ctx: AttemptContext, state: State): MaybePromise<AttemptDecision | undefined>;
  /** Exactly once for every accepted request, after its end. Bookkeeping: it decides nothing. */
  settled?(ctx: SettledContext, state: State): MaybePromise<void>;
  /** Services that the files after this one get in place of the gateway's own, such as prices with overrides. */
  readonly provides?: Partial<Pick<Services, 'prices'>>;
  /**
   * What masks texts of a request that are to be kept where `telemetry.capture` is `masked`: nothing of what the plugin looks
   * for may be left in what comes back, whatever the plugin does with it on its way. Without a plugin that has this, nothing
   * is captured.
   *
   * @returns a function of a text and the name of the member that it is the value of; '' where it has none.
   */
  masks?(ctx: RequestContext): (text: string, name: string) => string;
  /** Answers to what policies ask, for the groups that the plugin lists in its own `facts`. */
  readonly facts?: PolicyFacts;
  /** Paths that the plugin answers by itself, such as a report; see `PluginRoute`. */
  readonly routes?: readonly PluginRoute[];
  /** What `/metrics` is to tell of the plugin. */
  readonly metrics?: PluginMetrics;
  /** The plugin's version goes out of use and no request of it is left. */
  close?(): MaybePromise<void>;
}

/** Hooks of a plugin that looks at answers. */
export interface ObserveHooks<State> extends RequestHooks<State> {
  afterResponse(ctx: ResponseContext, state: State): ChunkObserver | undefined;
}

/** Hooks of a plugin that transforms answers chunk by chunk. */
export interface ChunkHooks<State> extends RequestHooks<State> {
  afterResponse(ctx: ResponseContext, state: State): ChunkTransform | undefined;
}

/** Hooks of a plugin that needs the finished answer. */
export interface WholeHooks<State> extends RequestHooks<State> {
  /** Asked before an answer's first byte: false lets this answer pass without it, and without waiting for its end. */
  wants?(ctx: ResponseContext, state: State): boolean;
  /** Transforms every answer as in mode `chunk`, before `afterResponse` gets what came of it. */
  transform?(ctx: ResponseContext, state: State): ChunkTransform | undefined;
  afterResponse(ctx: ResponseContext, state: State, answer: Answer): MaybePromise<AnswerDecision | undefined>;
}

/** Hooks of a plugin whose options say how it treats answers, with the mode that they come to. */
export type ModalHooks<State> =
  | (RequestHooks<State> & { readonly streamMode?: undefined })
  | (ObserveHooks<State> & { readonly streamMode: 'observe' })
  | (ChunkHooks<State> & { readonly streamMode: 'chunk'; readonly holdBackChars: number })
  | (WholeHooks<State> & { readonly streamMode: 'whole' });

/** What `setup` is told about the file that configures the plugin. */
export interface PluginInfo {
  /** The file in the policies folder. */
  readonly file: string;
  readonly policyVersion: string;
  /**
   * Files in folders inside the policies folder, such as `prompts/hello.md`. They count for the version of the program, so
   * a change of one sets every plugin up anew, and a rollback brings it back.
   */
  readonly assets?: readonly { readonly name: string; readonly text: string }[];
  /** Path of the policies folder; absent where the program is no folder on disk. */
  readonly folder?: string;
  /** `auth.budget_status` of the configuration: the HTTP status of `budget_exceeded`. */
  readonly budgetStatus?: number;
}

interface PluginBase<Options, Needs extends ServiceName> {
  /** kebab-case; what `plugin:` names in a file. */
  readonly name: string;
  /** One sentence for `sluice check` and the documentation. */
  readonly summary: string;
  /** Schema of the options, without the common keys. Unknown keys are refused. */
  readonly schema: JsonSchema;
  /**
   * Options at the top of the file that hold a secret. They may be written as `${NAME}` of the environment or `${file:PATH}`, and
   * arrive as `Secret`.
   */
  readonly secrets?: readonly string[];
  readonly needs: readonly Needs[];
  /** Default of `on_failure`. Guards say `closed`. */
  readonly onFailure: OnFailure;
  /** Default of `timeout_ms`, for each asynchronous hook call. */
  readonly timeoutMs?: number;
  /**
   * The plugin decides in `onRequest` who may pass: requests without the master key are let in for it. It always fails
   * closed, applies to every request, and no step before it can answer a request.
   */
  readonly authenticates?: boolean;
  /** The plugin answers requests with what was answered before. Only for telemetry, which shows its time as a cache's. */
  readonly caches?: boolean;
  /**
   * The plugin keeps accounts, of limits or of costs: it also sees the questions that other plugins ask (`ctx.aside`), so
   * that these are limited and booked like everything else.
   */
  readonly accounts?: boolean;
  /**
   * Verbs of the policy language that work once this plugin is in the folder. A hook finds those that it is to carry out in
   * `ctx.verbs`, with its own file as their `performer`.
   */
  readonly verbs?: readonly string[];
  /** Fact groups that policies may read once this plugin is in the folder: `budget`, `cost`. Its hooks' `facts` answer. */
  readonly facts?: readonly string[];
  /** Only for its type: `options` of the factory. */
  readonly $options?: Options;
}

/** A plugin whose hooks end before the answer, or that only keeps books. */
export interface RequestPlugin<Options, Needs extends ServiceName, State> extends PluginBase<Options, Needs> {
  readonly streamMode?: undefined;
  setup(
    options: Options,
    services: Pick<Services, Needs>,
    info: PluginInfo,
  ): MaybePromise<RequestHooks<State>>;
}

export interface ObservePlugin<Options, Needs extends ServiceName, State> extends PluginBase<Options, Needs> {
  readonly streamMode: 'observe';
  setup(
    options: Options,
    services: Pick<Services, Needs>,
    info: PluginInfo,
  ): MaybePromise<ObserveHooks<State>>;
}

export interface ChunkPlugin<Options, Needs extends ServiceName, State> extends PluginBase<Options, Needs> {
  readonly streamMode: 'chunk';
  /** The most characters that `afterResponse` holds back at any moment. */
  readonly holdBackChars: number;
  setup(options: Options, services: Pick<Services, Needs>, info: PluginInfo): MaybePromise<ChunkHooks<State>>;
}

export interface WholePlugin<Options, Needs extends ServiceName, State> extends PluginBase<Options, Needs> {
  readonly streamMode: 'whole';
  setup(options: Options, services: Pick<Services, Needs>, info: PluginInfo): MaybePromise<WholeHooks<State>>;
}

/** A plugin whose options decide its mode: what `setup` returns says which one it is. */
export interface ModalPlugin<Options, Needs extends ServiceName, State> extends PluginBase<Options, Needs> {
  readonly streamMode: 'by-options';
  setup(options: Options, services: Pick<Services, Needs>, info: PluginInfo): MaybePromise<ModalHooks<State>>;
}

/** A plugin as its author writes it. */
export type Plugin<Options = unknown, Needs extends ServiceName = ServiceName, State = unknown> =
  | RequestPlugin<Options, Needs, State>
  | ObservePlugin<Options, Needs, State>
  | ChunkPlugin<Options, Needs, State>
  | WholePlugin<Options, Needs, State>
  | ModalPlugin<Options, Needs, State>;

/** A plugin of any options and state, as the core keeps it. */
// biome-ignore lint/suspicious/noExplicitAny: erases the author's own types, which the core cannot know
export type AnyPlugin = Plugin<any, any, any>;

/**
 * Defines a plugin. The types follow from `streamMode` and `needs`: an `afterResponse` without a declared mode,
 * or a service that was not asked for, does not compile.
 *
 * @example
 * export const hello = definePlugin({
 *   name: 'hello', summary: 'Tags every request.', schema: { type: 'object' }, needs: [], onFailure: 'open',
 *   setup: () => ({ onRequest: () => ({ type: 'continue', tags: { hello: 'yes' } }) }),
 * });
 */
export function definePlugin<
  Options = Record<string, never>,
  const Needs extends ServiceName = never,
  State = undefined,
>(plugin: Plugin<Options, Needs, State>): Plugin<Options, Needs, State> {
  return plugin;
}
