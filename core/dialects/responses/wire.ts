import type { Conversation, Tool } from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import { effortOf, nearestEffort } from '../../../sdk/translate/effort.ts';
import { toolNames } from '../../../sdk/translate/tool-names.ts';
import type { Encoded, Wire, WireContext } from '../../../sdk/wire.ts';
import { ResponsesDecoder } from './decoder.ts';
import { writeInput } from './write-input.ts';
import { answerToolFor, choiceJson, nativeToolJson, toolJson } from './write-tools.ts';

/** OpenAI refuses lower limits: `integer_below_min_value`. */
const leastOutputTokens = 16;

/** Parameters of OpenAI's own that mean the same in its other dialect. */
const shared: ReadonlySet<string> = new Set([
  'context_management',
  'max_tool_calls',
  'metadata',
  'moderation',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'service_tier',
  'truncation',
]);

/** What clients call the control of reasoning. */
const reasoningNames: Readonly<Record<string, string>> = {
  chat: 'reasoning_effort',
  messages: 'thinking',
};

/**
 * OpenAI's responses as a provider's format: without stored state, encrypted reasoning handed back instead.
 *
 * Defaults of the traits: instructions in the middle of a conversation have the role `system`; no reasoning is asked
 * for (`reasoning: 'none'`); JSON by schema is native; marks of prompts to cache are not sent (`cacheMarks`). Stop sequences have no equivalent: without them the model goes
 * on where the client expects it to end, so they are refused rather than dropped.
 */
export const responsesWire: Wire = {
  kind: 'wire',
  name: 'responses',
  encode: encodeRequest,
  decoder: ({ target }) => new ResponsesDecoder(target.vendor),
};

function encodeRequest(conversation: Conversation, context: WireContext): Encoded {
  const { target, stream, traits } = context;
  refuseUnknown(conversation);
  const dropped = new Set<string>();
  const names = toolNames(conversation);
  const answer = answerToolFor(conversation, traits);
  const body: Record<string, Json> = {
    model: target.model,
    ...writeInput(conversation, context, names, dropped),
    ...writeTools(conversation, answer, names.of, traits.toolChoiceNone !== false),
    ...writeControls(conversation, context, answer !== null, dropped),
    store: false,
    ...(stream ? { stream: true } : undefined),
  };
  for (const name of traits.refuses ?? []) {
    if (body[name] === undefined) continue;
    delete body[name];
    // Ours, and what follows from other fields: the client does not miss it.
    if (name !== 'store' && name !== 'include') dropped.add(name);
  }
  const { changed } = names;
  return {
    body: JSON.stringify(body),
    dropped: [...dropped],
    ...(changed === undefined ? undefined : { toolNames: changed }),
    ...(answer === null ? undefined : { answerTool: answer.name }),
  };
}

/** @throws GatewayError 400 for what has no equivalent and whose loss would change the answer. */
function refuseUnknown({ count, stop, dialect }: Conversation): void {
  if (count > 1) {
    throw new GatewayError(
      'unsupported_parameter',
      `n: expected 1, got ${count}. This model's provider gives one answer per request; send the request again for more.`,
      { param: 'n' },
    );
  }
  if (stop.length === 0) return;
  const param = dialect === 'messages' ? 'stop_sequences' : 'stop';
  throw new GatewayError(
    'unsupported_parameter',
    `${param}: expected none, got ${stop.length}. This model is only offered by an API without stop sequences; leave them out or use another model.`,
    { param },
  );
}

function writeTools(
  conversation: Conversation,
  answer: Tool | null,
  nameOf: (name: string) => string,
  mayForbid: boolean,
): JsonObject {
  const { tools, nativeTools, toolChoice, parallelToolCalls } = conversation;
  const all = [
    ...tools.map((tool) => toolJson(tool, nameOf)),
    ...nativeTools.map(nativeToolJson),
    ...(answer === null ? [] : [toolJson(answer, nameOf)]),
  ];
  // Tools that may not be called, where that cannot be said, are not offered.
  if (all.length === 0 || (toolChoice?.type === 'none' && !mayForbid && answer === null)) return {};
  const choice =
    answer === null ? toolChoice : tools.length === 0 ? { type: 'tool' as const, name: answer.name } : null;
  return {
    tools: all,
    ...(choice === null ? undefined : { tool_choice: choiceJson(choice, nameOf) }),
    ...(parallelToolCalls === null ? undefined : { parallel_tool_calls: parallelToolCalls }),
  };
}

function writeControls(
  conversation: Conversation,
  context: WireContext,
  hasAnswerTool: boolean,
  dropped: Set<string>,
): JsonObject {
  const { traits } = context;
  const { maxOutputTokens, temperature, topP, user, extra, dialect, tools } = conversation;
  if (hasAnswerTool && tools.length > 0) dropped.add('json_schema');
  const sampling = traits.sampling !== false;
  const both = traits.temperatureWithTopP !== false || temperature === null;
  if (temperature !== null && !sampling) dropped.add('temperature');
  if (topP !== null && !(sampling && both)) dropped.add('top_p');
  for (const [value, name] of [
    [conversation.topK, 'top_k'],
    [conversation.seed, 'seed'],
    [conversation.presencePenalty, 'presence_penalty'],
    [conversation.frequencyPenalty, 'frequency_penalty'],
    [conversation.logprobs, dialect === 'chat' ? 'logprobs' : 'top_logprobs'],
  ] as const) {
    if (value !== null) dropped.add(name);
  }
  const openAi = dialect === 'chat' || dialect === 'responses';
  const own: Record<string, Json> = {};
  for (const [name, value] of Object.entries(extra)) {
    if (openAi && shared.has(name)) own[name] = value;
    else if (!openAi || name !== 'verbosity') dropped.add(name);
  }
  const text = textOf(conversation, context, openAi ? extra['verbosity'] : undefined, dropped);
  return {
    ...(maxOutputTokens === null
      ? undefined
      : { max_output_tokens: Math.max(leastOutputTokens, maxOutputTokens) }),
    ...(temperature !== null && sampling ? { temperature } : undefined),
    ...(topP !== null && sampling && both ? { top_p: topP } : undefined),
    ...reasoningOf(conversation, context, dropped),
    ...(text === null ? undefined : { text }),
    ...(user === '' ? undefined : { user }),
    ...own,
  };
}

function reasoningOf(
  { reasoning, dialect }: Conversation,
  { traits }: WireContext,
  dropped: Set<string>,
): JsonObject {
  const name = reasoningNames[dialect] ?? 'reasoning';
  if (traits.reasoning !== 'effort' && traits.reasoning !== 'openrouter') {
    // A model that does not reason does what `none` asks for.
    if (reasoning !== null && effortOf(reasoning) !== 'none') dropped.add(name);
    return {};
  }
  const include = { include: ['reasoning.encrypted_content'] };
  if (reasoning === null) return include;
  const wanted = effortOf(reasoning);
  const effort = wanted === null ? null : nearestEffort(wanted, traits.efforts ?? ['low', 'medium', 'high']);
  if (wanted !== null && effort === null) dropped.add(name);
  const fields = {
    ...(effort === null ? undefined : { effort }),
    ...(reasoning.visible === true ? { summary: 'auto' } : undefined),
  };
  return Object.keys(fields).length === 0 ? include : { ...include, reasoning: fields };
}

function textOf(
  { output }: Conversation,
  { traits }: WireContext,
  verbosity: Json | undefined,
  dropped: Set<string>,
): JsonObject | null {
  let format: JsonObject | null = null;
  if (output?.type === 'json' || (output !== null && traits.structuredOutput === 'json')) {
    format = { type: 'json_object' };
    if (output.type === 'schema') dropped.add('json_schema');
  } else if (output?.type === 'schema' && traits.structuredOutput !== 'tool') {
    const { name, description, schema, strict } = output;
    format = {
      type: 'json_schema',
      name: name === '' ? 'answer' : name,
      ...(description === '' ? undefined : { description }),
      schema,
      ...(strict === null ? undefined : { strict }),
    };
  }
  if (format === null && verbosity === undefined) return null;
  return {
    ...(format === null ? undefined : { format }),
    ...(verbosity === undefined ? undefined : { verbosity }),
  };
}
