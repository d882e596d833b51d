import type { Json, JsonObject, JsonPointer } from './json.ts';

/** The inference endpoints, by what they do. */
export type Api = 'chat' | 'completions' | 'embeddings' | 'messages' | 'responses' | 'count_tokens';

/** Who wrote a message. `developer` messages are reported as `system`. */
export type Role = 'system' | 'user' | 'assistant' | 'tool';

/** One message of a conversation: its text parts joined with newlines, and how many images it carries. */
export interface MessageView {
  readonly role: Role;
  readonly text: string;
  readonly images: number;
}

/** One piece of text in the body, with the pointer under which a change may replace it. */
export interface TextView {
  readonly pointer: JsonPointer;
  readonly role: Role;
  readonly text: string;
}

/**
 * Something outside `texts` that still goes to the provider: a parameter, a tool's description or schema, a name, an id,
 * a URL, a field that the gateway does not know. Strings that are not empty, numbers of nine digits and more (as their
 * digits), and members' names of seven characters and more.
 */
export interface OtherView {
  /** Of the value; of the member, for a name. */
  readonly pointer: JsonPointer;
  /** A change may replace a `text` or a `number`, and not a `name`. */
  readonly kind: 'text' | 'number' | 'name';
  readonly text: string;
}

/**
 * A normalised, read-only look at a request, whatever its dialect. Everything is computed on first use and
 * kept, so reading costs once and not reading costs nothing.
 */
export interface RequestView {
  readonly api: Api;
  /** The whole body, parsed, in the client's own dialect, with all changes so far. */
  readonly body: JsonObject;
  /** The model or alias that the client asked for. */
  readonly model: string;
  readonly stream: boolean;
  readonly messages: readonly MessageView[];
  /** Text of the last user message, '' where there is none. */
  readonly lastUser: string;
  /** Every text that a provider would read: messages, system, tool results. */
  readonly texts: readonly TextView[];
  /** What else of the body could say something, for steps that must see all of it; not the model. Costs a full walk. */
  readonly others: readonly OtherView[];
  /** Names of the offered tools. */
  readonly tools: readonly string[];
  readonly imageCount: number;
  /** True when the request asks for JSON (json_object or json_schema). */
  readonly wantsJson: boolean;
  readonly hasSystem: boolean;
  /** Top-level parameters other than the conversation, tools and model: temperature, top_p, seed, … */
  readonly params: Readonly<Record<string, Json>>;
  /** The output limit that the client set, whatever its field is called; null where it set none. */
  readonly maxOutputTokens: number | null;
  /** Estimated input tokens (characters / 4 and a little per message). Cheap, off by about a tenth. */
  readonly inputTokens: number;
}
