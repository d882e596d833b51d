/** What plugin and provider authors import. Everything here is a contract; nothing here imports the core. */
export type { AttemptChanges, RequestChanges } from './change.ts';
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
  ContinueRequest,
  ContinueRoute,
  Decision,
  Deny,
  RequestDecision,
  Respond,
  RouteDecision,
  SkipTarget,
} from './decision.ts';
export {
  type ErrorCode,
  errorCodes,
  GatewayError,
  type GatewayErrorOptions,
  typeForStatus,
} from './errors.ts';
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
  type ObserveHooks,
  type OnFailure,
  type Plugin,
  type PluginInfo,
  type RequestHooks,
  type StreamMode,
  type WholeHooks,
} from './plugin.ts';
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
export type { ChainRule, Constraint, RetryRule, RoutePlan, RouteSlot, RouteWrites } from './route.ts';
export { openSeal, type Seal, type SealOf, wrapSeal } from './seal.ts';
export { Secret } from './secret.ts';
export type {
  Cancel,
  Clock,
  Health,
  Ids,
  Log,
  Models,
  Random,
  ServiceName,
  Services,
  Tokens,
} from './services.ts';
export { type FailureKind, movingFailures, type Target, type Tier, transientFailures } from './target.ts';
export type {
  HookName,
  LeafTrace,
  LostWrite,
  Outcome,
  RuleTrace,
  Trace,
  TraceAttempt,
  TraceStep,
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
export type { Api, MessageView, RequestView, Role, TextView } from './view.ts';
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
