import type { Conversation } from '../../../sdk/conversation.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { ModelTraits } from '../../../sdk/traits.ts';
import { effortOf, nearestEffort } from '../../../sdk/translate/effort.ts';
import { type Dropped, isSet } from './dropped.ts';
import type { OllamaOptions, Think } from './options.ts';

/** Sampling parameters that only local servers have, under the names that clients send them by. */
const localNames: Readonly<Record<string, string>> = {
  min_p: 'min_p',
  typical_p: 'typical_p',
  repeat_penalty: 'repeat_penalty',
  repetition_penalty: 'repeat_penalty',
  repeat_last_n: 'repeat_last_n',
};

/** Ollama's `options`: sampling, the output limit and the size of the context. */
export function optionsOf(
  conversation: Conversation,
  { num_ctx }: OllamaOptions,
  dropped: Dropped,
): JsonObject {
  const { maxOutputTokens, temperature, topP, topK, seed, presencePenalty, frequencyPenalty, stop } =
    conversation;
  const options: Record<string, JsonObject[string]> = {};
  const set = (name: string, value: number | null | undefined) => {
    if (value !== null && value !== undefined) options[name] = value;
  };
  set('num_ctx', num_ctx);
  set('num_predict', maxOutputTokens);
  set('temperature', temperature);
  set('top_p', topP);
  set('top_k', topK);
  set('seed', seed);
  set('presence_penalty', presencePenalty);
  set('frequency_penalty', frequencyPenalty);
  if (stop.length > 0) options['stop'] = stop;
  for (const [name, value] of Object.entries(conversation.extra)) {
    const local = Object.hasOwn(localNames, name) ? localNames[name]! : null;
    if (local !== null && typeof value === 'number') options[local] = value;
    else dropped.add(name, isSet(value));
  }
  return options;
}

/** What clients call the strength of reasoning. */
const effortNames: Readonly<Record<string, string>> = { messages: 'thinking', responses: 'reasoning' };

/**
 * Ollama's `think`; undefined where the server is to decide.
 *
 * @param traits `effort` for models that take words; `none` for those that cannot think; true and false otherwise.
 */
export function thinkOf(
  conversation: Conversation,
  traits: ModelTraits,
  preset: Think | undefined,
  dropped: Dropped,
): Think | undefined {
  const { reasoning, dialect } = conversation;
  if (reasoning === null) return preset;
  const name = effortNames[dialect] ?? 'reasoning_effort';
  const effort = effortOf(reasoning);
  if (traits.reasoning === 'none') {
    dropped.add(name, effort !== 'none');
    return undefined;
  }
  if (traits.reasoning !== 'effort') {
    // Whether to think is carried, how much is not.
    dropped.add(name, effort !== null && effort !== 'none');
    return effort !== 'none';
  }
  if (effort === null) return preset;
  const efforts = traits.efforts ?? ['low', 'medium', 'high'];
  const nearest = nearestEffort(effort, efforts);
  dropped.add(name, nearest !== effort);
  return (nearest ?? efforts[0]) as Think;
}
