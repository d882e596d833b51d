/** What plugin and provider authors import. Everything here is a contract; nothing here imports the core. */

export { answerUsd } from './answer-cost.ts';
export type { CacheEntry, CacheFilter, CacheFound, CacheStats, CacheStore } from './cache-store.ts';
export type { AddedMessage, AttemptChanges, PrefixMark, RequestChanges } from './change.ts';
export type {
  Answer,
  AnswerChoice,
  Chunk,
  FinishChunk,
  FinishReason,
  OpaqueChunk,
  ReasoningChunk,
  RefusalChunk,
  SealChunk,
  TextChunk,
  ToolCall,
  ToolCallChunk,
  UsageChunk,
} from './chunk.ts';
export type { Completion, CompletionMessage, CompletionQuestion, Completions } from './completions.ts';
export type { AttemptContext, RequestContext, ResponseContext, SettledContext } from './context.ts';
export type {
  AudioBlock,
  Block,
  CacheMark,
  Conversation,
  DocumentBlock,
  Effort,
  ImageBlock,
  MediaSource,
  NativeBlock,
  NativeTool,
  OutputFormat,
  Reasoning,
  ReasoningBlock,
  RefusalBlock,
  TextBlock,
  Tool,
  ToolCallBlock,
  ToolChoice,
  ToolResultBlock,
  Turn,
} from './conversation.ts';
export type {
  Admission,
  CounterState,
  Counters,
  CountersStatus,
  Hold,
  Reservation,
} from './counters.ts';
export type {
  AnswerDecision,
  AttemptDecision,
  ChunkObserver,
  ChunkTransform,
  ContinueAnswer,
  ContinueAttempt,
  ContinuePassed,
  ContinueRequest,
  ContinueRoute,
  Decision,
  Deny,
  PassedDecision,
  RequestDecision,
  Respond,
  RouteDecision,
  SkipTarget,
} from './decision.ts';
export type { Embedder, EmbedderSource, EmbedOptions } from './embedder.ts';
export {
  type ErrorCode,
  errorCodes,
  GatewayError,
  type GatewayErrorOptions,
  typeForStatus,
} from './errors.ts';
export type { BreakerRule, Capacity, Health, HealthCall, HealthState, HealthWait } from './health.ts';
export {
  anonymous,
  type ClientKey,
  type Identity,
  type IdentityBudget,
  type IdentityLimits,
  type Tenant,
} from './identity.ts';
export { isJsonObject, type Json, type JsonObject, type JsonPointer } from './json.ts';
export { type Caller, type KeyChanges, type KeyRecord, type KeyStore, maxListedKeys } from './keys.ts';
export {
  type Ledger,
  type LedgerCost,
  type LedgerDimension,
  type LedgerFilter,
  type LedgerLatency,
  type LedgerRow,
  type LedgerRowJson,
  type LedgerSum,
  type LedgerUsage,
  ledgerJson,
  maxLedgerRows,
} from './ledger.ts';
export {
  type AnyPlugin,
  type ChunkHooks,
  definePlugin,
  type JsonSchema,
  type MaybePromise,
  type ModalHooks,
  type ObserveHooks,
  type OnFailure,
  type Plugin,
  type PluginInfo,
  type RequestHooks,
  type StreamMode,
  type WholeHooks,
} from './plugin.ts';
export type { PluginMetric, PluginMetrics, PluginMetricValue } from './plugin-metric.ts';
export type {
  PluginRoute,
  PluginRouteAnswer,
  PluginRouteRequest,
  RouteAccess,
} from './plugin-route.ts';
export type { BudgetFact, BudgetPeriod, BudgetQuestion, PolicyFacts } from './policy-facts.ts';
export type { PolicyVerb } from './policy-verb.ts';
export {
  maxListedPrompts,
  maxPromptVersions,
  type NewPromptVersion,
  type PromptShares,
  type PromptStore,
  type StoredPrompt,
} from './prompts.ts';
export {
  type AnyProviderKind,
  defineProvider,
  type Failure,
  type Provider,
  type ProviderCall,
  type ProviderKind,
  type ProviderServices,
  type UpstreamAnswer,
  type WireDialect,
} from './provider.ts';
export { reservedHeaders } from './reserved-headers.ts';
export type {
  AttemptTimeouts,
  ChainRule,
  Constraint,
  FailoverRule,
  Fallback,
  HedgeRule,
  RetryRule,
  RoutePlan,
  RouteSlot,
  RouteWrites,
} from './route.ts';
export { openSeal, type Seal, type SealOf, wrapSeal } from './seal.ts';
export { Secret } from './secret.ts';
export type {
  Cancel,
  Clock,
  Ids,
  Log,
  Models,
  Random,
  ServiceName,
  Services,
  Tokens,
} from './services.ts';
export {
  type FailureKind,
  movingFailures,
  type Strategy,
  type Target,
  type Tier,
  transientFailures,
} from './target.ts';
export {
  answeringAttempt,
  type HookName,
  type LeafTrace,
  type LostWrite,
  type Outcome,
  type PassedOver,
  type RuleTrace,
  type Trace,
  type TraceAttempt,
  type TraceStep,
} from './trace.ts';
export type { ModelTraits } from './traits.ts';
export type {
  Transport,
  TransportFailure,
  UpstreamCall,
  UpstreamHandler,
  UpstreamLimits,
  UpstreamRequest,
} from './transport.ts';
export { totalInputTokens, totalTokens, type Usage } from './usage.ts';
export type { VectorEntry, VectorFilter, VectorMatch, Vectors, VectorsStats } from './vectors.ts';
export type { Api, MessageView, OtherView, RequestView, Role, TextView } from './view.ts';
export {
  type Adapter,
  type AdapterCall,
  type AnswerDecoder,
  type DecodedEvent,
  type Encoded,
  type Framer,
  type Framing,
  FramingError,
  type OnEvent,
  type Wire,
  type WireContext,
} from './wire.ts';
