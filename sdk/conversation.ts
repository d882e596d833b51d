import type { Json, JsonObject } from './json.ts';
import type { Seal } from './seal.ts';

/** A request to cache the prompt up to and including the block that carries it. */
export interface CacheMark {
  /** How long, such as `5m` or `1h`; null for the provider's default. */
  readonly ttl: string | null;
}

/** Where the bytes of an image, document or sound are. */
export type MediaSource =
  /** `data` is base64. `mediaType` is what the bytes are, such as `image/png`; '' where nobody can tell. */
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string }
  /** A file uploaded to the provider that the client has in mind. No other provider has it. */
  | { readonly kind: 'file'; readonly id: string }
  /** A plain-text document. */
  | { readonly kind: 'text'; readonly text: string };

export interface TextBlock {
  readonly type: 'text';
  readonly text: string;
  readonly cache?: CacheMark;
  /** Gemini signs texts, too. */
  readonly seal?: Seal;
}

export interface ImageBlock {
  readonly type: 'image';
  readonly source: MediaSource;
  /** OpenAI's `detail`. */
  readonly detail?: string;
  readonly cache?: CacheMark;
}

/** A PDF, a text file. */
export interface DocumentBlock {
  readonly type: 'document';
  readonly source: MediaSource;
  /** File name or title; '' where there is none. */
  readonly name: string;
  readonly cache?: CacheMark;
}

/** Sound that the user sent. */
export interface AudioBlock {
  readonly type: 'audio';
  /** Base64. */
  readonly data: string;
  /** `wav`, `mp3`, … */
  readonly format: string;
}

/** A call that the model made. */
export interface ToolCallBlock {
  readonly type: 'tool_call';
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it: perhaps '', perhaps invalid. `argumentsObject` makes an object of it. */
  readonly arguments: string;
  readonly cache?: CacheMark;
  readonly seal?: Seal;
}

/** What a tool answered. Always in a `user` turn. */
export interface ToolResultBlock {
  readonly type: 'tool_result';
  readonly callId: string;
  readonly content: readonly (TextBlock | ImageBlock | DocumentBlock)[];
  readonly isError: boolean;
  readonly cache?: CacheMark;
}

/** Reasoning of an earlier answer. Without a seal it is a text that no provider takes as its own. */
export interface ReasoningBlock {
  readonly type: 'reasoning';
  /** '' where it is hidden: then the seal is all there is. */
  readonly text: string;
  readonly seal?: Seal;
  /** True where the seal is the reasoning itself, encrypted, and not a signature of `text`. */
  readonly redacted?: boolean;
  /** The id of OpenAI's reasoning item. */
  readonly id?: string;
}

export interface RefusalBlock {
  readonly type: 'refusal';
  readonly text: string;
}

/** A block that only its own dialect knows, such as a server tool's result. Other dialects cannot carry it. */
export interface NativeBlock {
  readonly type: 'native';
  /** The dialect that it is written in. */
  readonly dialect: string;
  /** What it is called there, such as `web_search_tool_result`. */
  readonly name: string;
  readonly value: JsonObject;
}

export type Block =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | AudioBlock
  | ToolCallBlock
  | ToolResultBlock
  | ReasoningBlock
  | RefusalBlock
  | NativeBlock;

/**
 * What one side said. Tool results are in `user` turns, calls and reasoning in `assistant` turns. A `system` turn is an
 * instruction in the middle of a conversation; those at its start are in `Conversation.system`.
 */
export interface Turn {
  readonly role: 'user' | 'assistant' | 'system';
  readonly blocks: readonly Block[];
}

/** A function that the model may call. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the arguments; `{}` where the client gave none. */
  readonly schema: JsonObject;
  /** Whether the arguments must follow the schema exactly; null where the client did not say. */
  readonly strict: boolean | null;
  readonly cache?: CacheMark;
}

/** A tool that the provider runs itself (web search, code execution), in its own dialect's words. */
export interface NativeTool {
  readonly dialect: string;
  readonly name: string;
  readonly value: JsonObject;
}

export type ToolChoice =
  | { readonly type: 'auto' | 'required' | 'none' }
  | { readonly type: 'tool'; readonly name: string };

/** What the answer must look like. */
export type OutputFormat =
  | { readonly type: 'json' }
  | {
      readonly type: 'schema';
      readonly name: string;
      readonly description: string;
      readonly schema: JsonObject;
      readonly strict: boolean | null;
    };

/** How much to reason, from the least to the most. */
export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface Reasoning {
  /** Null where the client gave a budget, or left it to the model. */
  readonly effort: Effort | null;
  readonly budgetTokens: number | null;
  /** Whether the client wants to read (a summary of) the reasoning; null where it did not say. */
  readonly visible: boolean | null;
}

/**
 * A request in no provider's words: what is left of it when its dialect is taken away. Front dialects are read into it,
 * wires write it in their provider's format. Null and empty mean that the client did not say.
 */
export interface Conversation {
  /** Instructions at the start, system and developer alike, in order. */
  readonly system: readonly TextBlock[];
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly nativeTools: readonly NativeTool[];
  readonly toolChoice: ToolChoice | null;
  /** False where at most one call may be made at a time. */
  readonly parallelToolCalls: boolean | null;
  readonly output: OutputFormat | null;
  readonly reasoning: Reasoning | null;
  readonly maxOutputTokens: number | null;
  readonly stop: readonly string[];
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly seed: number | null;
  readonly presencePenalty: number | null;
  readonly frequencyPenalty: number | null;
  /** OpenAI's `logprobs` and `top_logprobs`: how many alternatives; null where none are wanted. */
  readonly logprobs: number | null;
  /** Answers wanted (`n`); 1 where the client did not say. */
  readonly count: number;
  /** The end user's id for the provider's abuse checks, as the client gave it; '' where there is none. */
  readonly user: string;
  /**
   * Parameters that have no place above, under their names in `dialect`. A wire of the same family may know some
   * (`service_tier`, `verbosity`, `prompt_cache_key`); what it does not take is dropped and named.
   */
  readonly extra: Readonly<Record<string, Json>>;
  /** The dialect that this was read from: `chat`, `messages`, `responses`. */
  readonly dialect: string;
}
