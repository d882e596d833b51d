import type { Conversation } from '../../../sdk/conversation.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { EncodeContext } from './encode-context.ts';
import { stopSequencePaths } from './finish.ts';
import type { EncodedReasoning } from './reasoning.ts';

/** Nova's, Claude's and most others' highest; OpenAI's goes to 2. */
const maxTemperature = 1;
/** Claude's lowest while it thinks. */
const minThinkingTopP = 0.95;

/** The members of a request that steer the model. */
export interface EncodedInference {
  readonly inferenceConfig: JsonObject;
  /** What Converse passes on to the model as it is. */
  readonly fields: JsonObject;
  readonly responsePaths: readonly string[];
}

export function encodeInference(
  conversation: Conversation,
  reasoning: EncodedReasoning,
  context: EncodeContext,
): EncodedInference {
  const { model, traits } = context;
  const thinks = model.claude && reasoning.on;
  const config: Record<string, Json> = {};
  const fields: Record<string, Json> = {};

  const { maxOutputTokens } = conversation;
  if (maxOutputTokens !== null) {
    // The limit holds for thinking, too, and Claude refuses one that leaves no room for an answer.
    const { budgetTokens } = reasoning;
    config['maxTokens'] = maxOutputTokens > budgetTokens ? maxOutputTokens : maxOutputTokens + budgetTokens;
  }
  let { temperature, topP, topK } = conversation;
  if (traits.sampling === false) {
    if (temperature !== null) context.drop('temperature');
    if (topP !== null) context.drop('top_p');
    if (topK !== null) context.drop('top_k');
    temperature = topP = topK = null;
  }
  if (temperature !== null) {
    if (thinks && temperature !== 1) {
      context.drop('temperature');
      temperature = null;
    } else {
      config['temperature'] = Math.min(maxTemperature, temperature);
    }
  }
  if (topP !== null) {
    const excluded = temperature !== null && traits.temperatureWithTopP === false;
    if (excluded || (thinks && topP < minThinkingTopP)) context.drop('top_p');
    else config['topP'] = topP;
  }
  const stop = conversation.stop.filter((sequence) => !model.claude || sequence.trim() !== '');
  if (stop.length < conversation.stop.length) context.drop({ chat: 'stop', messages: 'stop_sequences' });
  if (stop.length > 0) config['stopSequences'] = stop;
  if (topK !== null) {
    if (model.claude && !thinks) fields['top_k'] = topK;
    else if (model.nova) fields['inferenceConfig'] = { topK };
    else context.drop('top_k');
  }
  dropTheRest(conversation, context);
  return {
    inferenceConfig: config,
    fields,
    responsePaths: model.claude && stop.length > 0 ? stopSequencePaths : [],
  };
}

/** What Converse has no place for and changes no meaning. */
function dropTheRest(conversation: Conversation, context: EncodeContext): void {
  const { seed, presencePenalty, frequencyPenalty, logprobs, user, extra } = conversation;
  if (seed !== null) context.drop('seed');
  if (presencePenalty !== null) context.drop('presence_penalty');
  if (frequencyPenalty !== null) context.drop('frequency_penalty');
  if (logprobs !== null) context.drop('logprobs');
  if (user !== '') context.drop({ chat: 'user', messages: 'metadata.user_id' });
  for (const name of Object.keys(extra)) context.drop(name);
}
