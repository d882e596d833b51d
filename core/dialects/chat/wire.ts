import type { Chunk, ToolCallChunk } from '../../../sdk/chunk.ts';
import type { Conversation } from '../../../sdk/conversation.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import { fitId } from '../../../sdk/translate/ids.ts';
import type { AnswerDecoder, DecodedEvent, Encoded, Wire, WireContext } from '../../../sdk/wire.ts';
import { isSet } from '../openai/check.ts';
import { choicesOf } from '../openai/choices.ts';
import { AnswerIdentity } from '../openai/identity.ts';
import { OpenAiReader } from '../openai/reader.ts';
import { callIdOf } from './call-id.ts';
import { Draft } from './draft.ts';
import { chatShape } from './shape.ts';
import { addExtra, addParameters, addReasoning, planOutput } from './wire-controls.ts';
import { messagesOf } from './wire-messages.ts';
import { addTools } from './wire-tools.ts';

/**
 * OpenAI chat completions as a provider's format.
 *
 * Traits and what holds without them: `limitField` `max_completion_tokens`; `systemRole` `system`; `midSystem` yes;
 * `sampling` yes; `reasoning` `effort`, with `efforts` low, medium and high; `reasoningReplay` none (but Google's
 * signatures go to Google's models); `structuredOutput` native; `toolChoiceNone` yes; `cacheMarks` no; `streamUsage` yes.
 */
export const chatWire: Wire = {
  kind: 'wire',
  name: 'chat',
  encode,
  decoder: (context) => new ChatDecoder(context),
};

/** OpenAI takes no longer ids of end users. */
const fittingUser = /^.{1,64}$/s;

function encode(conversation: Conversation, context: WireContext): Encoded {
  const draft = new Draft(conversation, context);
  const output = planOutput(draft);
  draft.set('model', context.target.model);
  draft.set('messages', messagesOf(draft, output.instruction));
  addTools(draft, output.tool);
  if (output.format !== null) draft.demand('response_format', output.format);
  addReasoning(draft);
  addParameters(draft);
  if (conversation.user !== '') draft.put('user', fitId(conversation.user, fittingUser, 'user_', 60));
  addExtra(draft);
  if (context.stream) {
    draft.set('stream', true);
    if (context.traits.streamUsage !== false) draft.set('stream_options', { include_usage: true });
  }
  const toolNames = draft.names.changed;
  return {
    body: JSON.stringify(draft.body),
    dropped: draft.dropped,
    ...(toolNames === undefined ? undefined : { toolNames }),
    ...(output.tool === null ? undefined : { answerTool: output.tool.name }),
  };
}

/** Reads answers for other dialects: calls that come without an id are given one. */
class ChatDecoder implements AnswerDecoder {
  readonly #reader: OpenAiReader;
  readonly #requestId: string;
  /** Calls that have begun. */
  readonly #begun = new Set<string>();

  constructor({ target, requestId }: WireContext) {
    const meta = { id: requestId, createdAtMs: 0, model: target.model, vendor: target.vendor };
    this.#reader = new OpenAiReader(chatShape, new AnswerIdentity(meta, chatShape.idPrefix));
    this.#requestId = requestId;
  }

  get complete(): boolean {
    return this.#reader.complete;
  }

  get model(): string | null {
    return this.#reader.model;
  }

  decodeEvent(data: string, event: string): DecodedEvent {
    return withExtras(this.#withIds(this.#reader.decodeEvent(data, event)));
  }

  decodeWhole(body: JsonObject): DecodedEvent {
    return withExtras(this.#withIds(this.#reader.decodeWhole(body)));
  }

  #withIds(event: DecodedEvent): DecodedEvent {
    if (!event.chunks.some((chunk) => chunk.type === 'tool_call')) return event;
    return { ...event, chunks: event.chunks.map((chunk) => this.#withId(chunk)) };
  }

  #withId(chunk: Chunk): Chunk {
    if (chunk.type !== 'tool_call') return chunk;
    const { choice, index } = chunk;
    const key = `${choice}:${index}`;
    if (this.#begun.has(key)) {
      // An id that comes late: the call has one by now.
      if (chunk.id === undefined) return chunk;
      const { id: _id, ...rest } = chunk;
      return rest satisfies ToolCallChunk;
    }
    this.#begun.add(key);
    return chunk.id === undefined ? { ...chunk, id: callIdOf(this.#requestId, choice, index) } : chunk;
  }
}

/** Fields beside the messages that other dialects have no place for, so that they are named. */
function withExtras(event: DecodedEvent): DecodedEvent {
  const names = [
    ...(isSet(event.json?.['citations']) ? ['citations'] : []),
    ...(choicesOf(event.json ?? {}).some(({ choice }) => isSet(choice['logprobs'])) ? ['logprobs'] : []),
  ];
  if (names.length === 0) return event;
  const extras = names.map((name): Chunk => ({ type: 'opaque', name, value: null }));
  return { ...event, chunks: [...event.chunks, ...extras] };
}
