import type { CacheMark, Conversation } from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { ToolNames } from '../../../sdk/translate/tool-names.ts';
import { toolNames } from '../../../sdk/translate/tool-names.ts';
import type { WireContext } from '../../../sdk/wire.ts';

/** What other dialects call the fields of a chat request. */
const clientWords: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  messages: {
    max_completion_tokens: 'max_tokens',
    parallel_tool_calls: 'disable_parallel_tool_use',
    reasoning: 'thinking',
    reasoning_effort: 'thinking',
    response_format: 'output_config',
    stop: 'stop_sequences',
    user: 'metadata',
  },
  responses: {
    max_completion_tokens: 'max_output_tokens',
    max_tokens: 'max_output_tokens',
    reasoning_effort: 'reasoning',
    response_format: 'text.format',
  },
};

/** A chat request while it is written, with the names of what it could not carry. */
export class Draft {
  readonly conversation: Conversation;
  readonly context: WireContext;
  readonly names: ToolNames;
  readonly #body: Record<string, Json> = {};
  readonly #dropped = new Set<string>();
  readonly #refused: ReadonlySet<string>;

  constructor(conversation: Conversation, context: WireContext) {
    this.conversation = conversation;
    this.context = context;
    this.names = toolNames(conversation);
    this.#refused = new Set(context.traits.refuses ?? []);
  }

  get body(): JsonObject {
    return this.#body;
  }

  get dropped(): readonly string[] {
    return [...this.#dropped];
  }

  /** True for a field that the server refuses. */
  refuses(field: string): boolean {
    return this.#refused.has(field);
  }

  /** Sets a field that every server takes. */
  set(field: string, value: Json): void {
    this.#body[field] = value;
  }

  /** Sets a field where the client said something and the server takes it; drops it where it does not. */
  put(field: string, value: Json): void {
    if (value === null) return;
    if (this.refuses(field)) this.drop(field);
    else this.#body[field] = value;
  }

  /** Sets a field whose loss would change what the request means. @throws GatewayError 400 */
  demand(field: string, value: Json): void {
    if (this.refuses(field)) {
      const word = this.#word(field);
      throw unsupported(word, `this model's server does not take it; leave it out or choose another model`);
    }
    this.#body[field] = value;
  }

  /** Notes a loss that changes no meaning. @param field its name in the chat dialect. */
  drop(field: string): void {
    this.#dropped.add(this.#word(field));
  }

  /** Notes that earlier reasoning was left out: unsealed, or sealed by another vendor. */
  dropReasoning(): void {
    this.#dropped.add('reasoning');
  }

  /** The cache mark of a part, where the server takes such marks. */
  mark(cache: CacheMark | undefined): JsonObject | undefined {
    if (cache === undefined) return undefined;
    if (this.context.traits.cacheMarks !== true) {
      this.#dropped.add('cache_control');
      return undefined;
    }
    const { ttl } = cache;
    return { cache_control: ttl === null ? { type: 'ephemeral' } : { type: 'ephemeral', ttl } };
  }

  #word(field: string): string {
    return clientWords[this.conversation.dialect]?.[field] ?? field;
  }
}

/** Refuses what cannot be left out without changing what the request means. */
export function unsupported(param: string, problem: string): GatewayError {
  return new GatewayError('unsupported_parameter', `${param}: ${problem}.`, { param });
}
