import type { Conversation } from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { ModelTraits } from '../../../sdk/traits.ts';
import { strictSchema } from '../../../sdk/translate/schema.ts';
import { toolNames } from '../../../sdk/translate/tool-names.ts';
import type { Encoded, Wire, WireContext } from '../../../sdk/wire.ts';
import { limitMarks } from './cache-marks.ts';
import { MessagesDecoder } from './decoder.ts';
import { unsupported, type Writing, writeText } from './write-blocks.ts';
import { writeMessages } from './write-messages.ts';
import { type Thinking, writeThinking } from './write-thinking.ts';
import { type WrittenTools, writeTools } from './write-tools.ts';

/**
 * Anthropic's messages as a provider's format.
 *
 * Traits by default: `maxOutputTokens` 4096 where the client names none, `reasoning` `budget`, `efforts` low, medium and
 * high, `structuredOutput` `native`, `midSystem` false, and everything else that can be taken is.
 */
export const messagesWire: Wire = {
  kind: 'wire',
  name: 'messages',
  encode,
  decoder: ({ target }) => new MessagesDecoder(target.vendor, false),
};

function encode(conversation: Conversation, context: WireContext): Encoded {
  const { traits, target } = context;
  if (conversation.count > 1) {
    throw unsupported(
      `n: this model gives one answer at a time, got ${conversation.count}; ask several times.`,
      'n',
    );
  }
  const dropped = new Set<string>();
  const names = toolNames(conversation);
  const writing: Writing = { conversation, vendor: target.vendor, names, dropped };
  const messages = writeMessages(writing, traits.midSystem === true);
  const forced = conversation.toolChoice?.type === 'required' || conversation.toolChoice?.type === 'tool';
  const hasTools = conversation.tools.length + conversation.nativeTools.length > 0;
  const thinking = writeThinking(conversation, traits, messages, forced && hasTools, dropped);
  const tools = writeTools(writing, traits, thinking.on);
  const extra = extraOf(conversation, dropped);
  const system = [
    ...conversation.system.flatMap(writeText),
    ...[...tools.instructions, ...formatInstructions(conversation, traits)].map((text) => ({
      type: 'text',
      text,
    })),
  ];
  const parts = limitMarks(
    { tools: tools.tools, system, messages },
    isJsonObject(extra['cache_control']) ? 1 : 0,
    dropped,
  );
  // Instructions alone are what the user says: a request must have a message.
  const alone = parts.messages.length === 0 && parts.system.length > 0;
  const body: Record<string, Json | undefined> = {
    model: target.model,
    max_tokens: thinking.maxTokens,
    stream: context.stream ? true : undefined,
    system: parts.system.length === 0 || alone ? undefined : parts.system,
    messages: alone ? [{ role: 'user', content: parts.system }] : parts.messages,
    tools: parts.tools.length === 0 ? undefined : parts.tools,
    tool_choice: tools.choice ?? undefined,
    thinking: thinking.thinking ?? undefined,
    output_config: outputConfig(conversation, traits, thinking, extra['output_config']),
    ...sampling(conversation, traits, thinking.on, dropped),
    stop_sequences: stopSequences(conversation.stop, dropped),
    metadata: metadataOf(conversation, extra['metadata']),
  };
  for (const [name, value] of Object.entries(extra)) body[name] ??= value;
  noteUnknown(conversation, dropped);
  for (const name of traits.refuses ?? []) {
    if (body[name] === undefined) continue;
    delete body[name];
    dropped.add(name);
  }
  return result(body, dropped, names.changed, tools);
}

function result(
  body: Record<string, Json | undefined>,
  dropped: ReadonlySet<string>,
  changed: Readonly<Record<string, string>> | undefined,
  { answerTool }: WrittenTools,
): Encoded {
  return {
    body: JSON.stringify(body),
    dropped: [...dropped],
    ...(changed === undefined ? undefined : { toolNames: changed }),
    ...(answerTool === null ? undefined : { answerTool }),
  };
}

/** JSON without a schema, or by one that the model cannot be held to, is asked for in words. */
function formatInstructions({ output }: Conversation, { structuredOutput }: ModelTraits): string[] {
  if (output === null || (output.type === 'schema' && structuredOutput !== 'json')) return [];
  const only = 'Answer with one JSON value and nothing else: no explanation, no code fence.';
  if (output.type === 'json') return [only];
  return [`${only} It must follow this JSON schema:\n${JSON.stringify(output.schema)}`];
}

function outputConfig(
  { output }: Conversation,
  traits: ModelTraits,
  { effort }: Thinking,
  rest: Json | undefined,
): JsonObject | undefined {
  const native = output?.type === 'schema' && (traits.structuredOutput ?? 'native') === 'native';
  const config: JsonObject = {
    ...(isJsonObject(rest) ? rest : undefined),
    ...(effort === null ? undefined : { effort }),
    ...(native ? { format: { type: 'json_schema', schema: strictSchema(output.schema) } } : undefined),
  };
  return Object.keys(config).length === 0 ? undefined : config;
}

/** Sampling as far as the model and its thinking allow it. */
function sampling(
  { temperature, topP, topK }: Conversation,
  traits: ModelTraits,
  thinks: boolean,
  dropped: Set<string>,
): Record<string, Json> {
  const out: Record<string, Json> = {};
  const allowed = traits.sampling !== false;
  const take = (name: string, value: number | null, fits: boolean) => {
    if (value === null) return;
    if (allowed && fits) out[name] = value;
    else dropped.add(name);
  };
  // OpenAI's scale goes to 2.
  const heat = temperature === null ? null : Math.min(1, Math.max(0, temperature));
  take('temperature', heat, !thinks || heat === 1);
  const both = traits.temperatureWithTopP === false && out['temperature'] !== undefined;
  take('top_p', topP, !both && (!thinks || (topP ?? 0) >= 0.95));
  take('top_k', topK, !thinks);
  return out;
}

function stopSequences(stop: readonly string[], dropped: Set<string>): readonly string[] | undefined {
  // Anthropic refuses those that are blank.
  const kept = stop.filter((text) => text.trim() !== '');
  if (kept.length < stop.length) dropped.add('stop');
  return kept.length === 0 ? undefined : kept;
}

function metadataOf({ user }: Conversation, rest: Json | undefined): JsonObject | undefined {
  if (user === '') return isJsonObject(rest) ? rest : undefined;
  return { ...(isJsonObject(rest) ? rest : undefined), user_id: user };
}

/** Parameters of this dialect go on; those of others have no meaning here. */
function extraOf({ dialect, extra }: Conversation, dropped: Set<string>): Readonly<Record<string, Json>> {
  if (dialect === 'messages') return extra;
  for (const name of Object.keys(extra)) if (name !== 'web_search_options') dropped.add(name);
  return {};
}

function noteUnknown(conversation: Conversation, dropped: Set<string>): void {
  const { seed, presencePenalty, frequencyPenalty, logprobs } = conversation;
  if (seed !== null) dropped.add('seed');
  if (presencePenalty !== null) dropped.add('presence_penalty');
  if (frequencyPenalty !== null) dropped.add('frequency_penalty');
  if (logprobs !== null) dropped.add('logprobs');
}
