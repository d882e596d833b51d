import type { Effort } from './conversation.ts';

/**
 * What one model at one provider takes, where models and servers of the same dialect differ. Quirks are data: a wire
 * looks here and never at the name of a model or provider. Everything has a default, which the wire documents.
 */
export interface ModelTraits {
  /** The most output tokens; sent where the provider demands a limit and the client gave none. */
  readonly maxOutputTokens?: number;
  /** The field of the output limit in the chat dialect; `max_completion_tokens` by default. */
  readonly limitField?: 'max_tokens' | 'max_completion_tokens';
  /** The role of instructions in the chat and responses dialects; `system` by default. */
  readonly systemRole?: 'system' | 'developer';
  /** Whether instructions may stand in the middle of a conversation; by default yes for chat and responses only. */
  readonly midSystem?: boolean;
  /** Whether temperature, top_p and top_k are taken at all; true by default. */
  readonly sampling?: boolean;
  /** Whether temperature and top_p may come together; true by default. */
  readonly temperatureWithTopP?: boolean;
  /**
   * How reasoning is asked for. `effort`: OpenAI's words. `openrouter`: its `reasoning` object. `budget`: Anthropic's
   * `thinking` with a number of tokens. `adaptive`: Anthropic's newer models, effort only. `none`: not at all.
   */
  readonly reasoning?: 'effort' | 'openrouter' | 'budget' | 'adaptive' | 'none';
  /** Efforts that the model takes; others go to the nearest one of these. By default `low`, `medium` and `high`. */
  readonly efforts?: readonly Effort[];
  /**
   * How the chat dialect hands earlier reasoning back: OpenRouter's `reasoning_details`, DeepSeek's
   * `reasoning_content` (within a tool loop), or not at all, the default.
   */
  readonly reasoningReplay?: 'reasoning_details' | 'reasoning_content' | 'none';
  /** How JSON by schema is asked for. `native` by default; `tool`: a forced tool; `json`: JSON mode and no schema. */
  readonly structuredOutput?: 'native' | 'tool' | 'json';
  /** Whether `tool_choice: none` may be sent; true by default. */
  readonly toolChoiceNone?: boolean;
  /** Whether cache marks may be sent in the chat dialect; false by default (OpenAI refuses them). */
  readonly cacheMarks?: boolean;
  /** Whether streams can be asked for usage with `stream_options`; true by default. */
  readonly streamUsage?: boolean;
  /** Forms of tool-call ids: `openai`, at most 40 characters, by default; `mistral`, nine letters and digits. */
  readonly callIds?: 'openai' | 'mistral';
  /** Whether the chat dialect's `web_search_options` are taken; false by default: most models answer 400. */
  readonly webSearch?: boolean;
  /** Top-level parameters that the server refuses, in the words of its dialect. */
  readonly refuses?: readonly string[];
}
