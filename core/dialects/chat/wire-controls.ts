import type { Tool } from '../../../sdk/conversation.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import { effortOf, nearestEffort } from '../../../sdk/translate/effort.ts';
import { type Draft, unsupported } from './draft.ts';

/** How JSON by schema is asked for. */
export interface OutputPlan {
  readonly format: JsonObject | null;
  /** A tool whose arguments are the answer; null for none. */
  readonly tool: Tool | null;
  /** What the model is told besides; '' for nothing. */
  readonly instruction: string;
}

/** Plans the answer's form, as far as the server can keep it. */
export function planOutput(draft: Draft): OutputPlan {
  const { output } = draft.conversation;
  const nothing = { format: null, tool: null, instruction: '' };
  if (output === null) return nothing;
  if (output.type === 'json') return { ...nothing, format: { type: 'json_object' } };
  const { description, schema, strict } = output;
  // Messages clients give their schemas no name.
  const name = output.name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || 'answer';
  switch (draft.context.traits.structuredOutput) {
    case 'tool':
      return { ...nothing, tool: { name: freeName(name, draft), description, schema, strict } };
    case 'json':
      // Nothing holds the model to the schema now, but it can still read it.
      draft.drop('json_schema');
      return {
        ...nothing,
        format: { type: 'json_object' },
        instruction: `Answer with JSON only, following this JSON schema:\n${JSON.stringify(schema)}`,
      };
    default: {
      const spec = {
        name,
        ...(description === '' ? undefined : { description }),
        schema,
        ...(strict === null ? undefined : { strict }),
      };
      return { ...nothing, format: { type: 'json_schema', json_schema: spec } };
    }
  }
}

function freeName(name: string, { conversation, names }: Draft): string {
  const taken = new Set(conversation.tools.map((tool) => names.of(tool.name)));
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name.slice(0, 60)}_${count}`;
  return free;
}

/** Writes how much to reason, in OpenAI's or OpenRouter's words. Other ways are not of this dialect: like `effort`. */
export function addReasoning(draft: Draft): void {
  const { reasoning } = draft.conversation;
  const { reasoning: way = 'effort', efforts } = draft.context.traits;
  if (reasoning === null) return;
  const wanted = effortOf(reasoning);
  if (way === 'none') {
    if (wanted !== null && wanted !== 'none') draft.drop('reasoning_effort');
    return;
  }
  if (way === 'openrouter') {
    const object = openRouterReasoning(draft);
    if (object !== null) draft.put('reasoning', object);
    return;
  }
  if (wanted === null) return;
  const effort = nearestEffort(wanted, efforts ?? ['low', 'medium', 'high']);
  if (effort === null) draft.drop('reasoning_effort');
  else draft.put('reasoning_effort', effort);
}

function openRouterReasoning(draft: Draft): JsonObject | null {
  const reasoning = draft.conversation.reasoning!;
  const { budgetTokens, visible } = reasoning;
  const exclude = visible === false ? { exclude: true } : undefined;
  if (budgetTokens !== null && budgetTokens > 0) return { max_tokens: budgetTokens, ...exclude };
  const wanted = effortOf(reasoning);
  const effort =
    wanted === null ? null : nearestEffort(wanted, draft.context.traits.efforts ?? openRouterEfforts);
  if (wanted !== null && effort === null) draft.drop('reasoning');
  if (effort === null) return exclude ?? null;
  return { effort, ...exclude };
}

const openRouterEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const;

/** OpenAI takes no more stop sequences than these. */
const maxStops = 4;

/**
 * Writes limits and sampling. Of more than four stop sequences the first four are sent and the loss is named: the answer
 * may be longer than wanted, and a request that worked elsewhere does not fail.
 */
export function addParameters(draft: Draft): void {
  const { conversation, context } = draft;
  const { traits } = context;
  const limit = conversation.maxOutputTokens;
  // More than the model can write is an error at OpenAI, and means no more than its maximum.
  if (limit !== null) {
    draft.put(traits.limitField ?? 'max_completion_tokens', Math.min(limit, traits.maxOutputTokens ?? limit));
  }
  const { temperature, topP, stop, count, logprobs } = conversation;
  sample(draft, 'temperature', temperature);
  if (traits.temperatureWithTopP === false && temperature !== null && topP !== null) draft.drop('top_p');
  else sample(draft, 'top_p', topP);
  if (conversation.topK !== null) draft.drop('top_k');
  if (stop.length > maxStops && !draft.refuses('stop')) draft.drop('stop');
  if (stop.length > 0) draft.put('stop', stop.slice(0, maxStops));
  draft.put('seed', conversation.seed);
  draft.put('presence_penalty', conversation.presencePenalty);
  draft.put('frequency_penalty', conversation.frequencyPenalty);
  if (logprobs !== null) {
    draft.put('logprobs', true);
    if (logprobs > 0) draft.put('top_logprobs', logprobs);
  }
  if (count > 1) draft.demand('n', count);
}

function sample(draft: Draft, field: string, value: number | null): void {
  if (value === null) return;
  if (draft.context.traits.sampling !== false) draft.put(field, value);
  // 1 is what models do anyway.
  else if (value !== 1) draft.drop(field);
}

/** Parameters that the chat and responses dialects share. */
const shared: ReadonlySet<string> = new Set([
  'service_tier',
  'verbosity',
  'prompt_cache_key',
  'prompt_cache_retention',
  'metadata',
  'store',
  'safety_identifier',
]);

/** Writes what the conversation has no place for, where it means the same in the chat dialect. */
export function addExtra(draft: Draft): void {
  const { extra, dialect } = draft.conversation;
  for (const [field, value] of Object.entries(extra)) {
    if (value === null) continue;
    if (dialect === 'chat' && (field === 'audio' || (field === 'modalities' && wantsAudio(value)))) {
      throw unsupported(field, 'spoken answers cannot be translated; ask for text');
    }
    const known = dialect === 'chat' ? field !== 'name' : dialect === 'responses' && shared.has(field);
    if (known) draft.put(field, value);
    else draft.drop(field);
  }
}

function wantsAudio(modalities: Json): boolean {
  return Array.isArray(modalities) && modalities.includes('audio');
}
