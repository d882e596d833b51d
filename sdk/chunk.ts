import type { Json } from './json.ts';
import type { Seal, SealOf } from './seal.ts';
import type { Usage } from './usage.ts';

/** Why a choice ended, in OpenAI's words; other dialects map to and from these. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'error';

/** Answer text. `text` is a delta: concatenating all text chunks of a choice gives its whole text. */
export interface TextChunk {
  readonly type: 'text';
  /** Index of the choice (0 unless the request asked for `n` > 1). */
  readonly choice: number;
  readonly text: string;
}

/**
 * Visible reasoning text of the model, a delta. A block of reasoning ends with its seal, or with the first chunk of
 * another type.
 */
export interface ReasoningChunk {
  readonly type: 'reasoning';
  readonly choice: number;
  readonly text: string;
}

/** The text of a refusal, a delta. */
export interface RefusalChunk {
  readonly type: 'refusal';
  readonly choice: number;
  readonly text: string;
}

/** Part of a tool call. `id` and `name` come with its first chunk; `arguments` is a delta of JSON text. */
export interface ToolCallChunk {
  readonly type: 'tool_call';
  readonly choice: number;
  /** Stable index of the call within its choice. */
  readonly index: number;
  readonly id?: string;
  readonly name?: string;
  readonly arguments: string;
}

/**
 * A signature or encrypted piece, to be handed back to its issuer with the next request. It belongs to what came right
 * before it (`reasoning`, `text`), stands for itself (`redacted`), or belongs to the tool call `call`.
 */
export interface SealChunk {
  readonly type: 'seal';
  readonly choice: number;
  readonly of: SealOf;
  readonly seal: Seal;
  /** Index of the tool call, where `of` is `call`. */
  readonly call?: number;
  /** The id of OpenAI's reasoning item. */
  readonly id?: string;
}

/** The end of one choice. */
export interface FinishChunk {
  readonly type: 'finish';
  readonly choice: number;
  readonly reason: FinishReason;
  /** The stop sequence that ended it, where the provider says so. */
  readonly stopSequence?: string;
}

/** The provider's own count. On a stream the last one that was seen holds, they are never summed. */
export interface UsageChunk {
  readonly type: 'usage';
  readonly usage: Usage;
  /** The service tier that the provider charges for, where it is not its usual one: `flex`, `priority`, `batch`. */
  readonly serviceTier?: string;
}

/** Anything that the gateway does not interpret and passes on as it came. */
export interface OpaqueChunk {
  readonly type: 'opaque';
  readonly value: Json;
  /** What it is called, such as `annotations`: named to the client where its dialect cannot carry it. */
  readonly name?: string;
}

/** One typed piece of an answer. A whole JSON answer is a list of these, a stream is a sequence of them. */
export type Chunk =
  | TextChunk
  | ReasoningChunk
  | RefusalChunk
  | ToolCallChunk
  | SealChunk
  | FinishChunk
  | UsageChunk
  | OpaqueChunk;

/** A finished tool call of an answer. `arguments` is JSON text as the model wrote it, perhaps truncated. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** One choice of a finished answer. */
export interface AnswerChoice {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finish: FinishReason | null;
}

/** A finished answer as `whole` plugins and `settled` see it. */
export interface Answer {
  readonly status: number;
  /** The model that answered, as the provider names it; null where it did not say. */
  readonly model: string | null;
  readonly choices: readonly AnswerChoice[];
  readonly usage: Usage | null;
}
