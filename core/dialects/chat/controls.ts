import type { Effort, OutputFormat, Reasoning } from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { isEffort } from '../../../sdk/translate/effort.ts';
import { isSet, wrongField } from '../openai/check.ts';

/** Reads `response_format`. */
export function outputFormat(format: Json | undefined): OutputFormat | null {
  if (!isSet(format)) return null;
  if (!isJsonObject(format)) throw wrongField('response_format', 'an object', format);
  const { type, json_schema: spec } = format;
  if (type === 'text') return null;
  if (type === 'json_object') return { type: 'json' };
  if (type !== 'json_schema') {
    // Dropping it would change what the answer looks like.
    throw wrongField('response_format.type', 'text, json_object or json_schema', type);
  }
  if (!isJsonObject(spec)) throw wrongField('response_format.json_schema', 'an object', spec);
  const { name, description, schema, strict } = spec;
  return {
    type: 'schema',
    name: typeof name === 'string' ? name : '',
    description: typeof description === 'string' ? description : '',
    schema: isJsonObject(schema) ? schema : {},
    strict: typeof strict === 'boolean' ? strict : null,
  };
}

/** Reads OpenAI's `reasoning_effort` and OpenRouter's `reasoning` and `include_reasoning`. */
export function reasoningOf(body: JsonObject): Reasoning | null {
  const { reasoning_effort: word, reasoning, include_reasoning: include } = body;
  if (isSet(reasoning) && !isJsonObject(reasoning)) throw wrongField('reasoning', 'an object', reasoning);
  const own = isJsonObject(reasoning) ? reasoning : {};
  const effort = effortIn(own['effort'], 'reasoning.effort') ?? effortIn(word, 'reasoning_effort');
  const budget = own['max_tokens'];
  if (isSet(budget) && typeof budget !== 'number') {
    throw wrongField('reasoning.max_tokens', 'a number', budget);
  }
  const budgetTokens = typeof budget === 'number' ? budget : null;
  const visible =
    typeof own['exclude'] === 'boolean' ? !own['exclude'] : typeof include === 'boolean' ? include : null;
  const wanted = effort ?? enabledEffort(own['enabled'], budgetTokens);
  if (wanted === null && budgetTokens === null && visible === null) return null;
  return { effort: wanted, budgetTokens, visible };
}

/** What `enabled` stands for: OpenRouter reasons with medium effort where nothing else is said. */
function enabledEffort(enabled: Json | undefined, budgetTokens: number | null): Effort | null {
  if (enabled === false) return 'none';
  return enabled === true && budgetTokens === null ? 'medium' : null;
}

function effortIn(word: Json | undefined, param: string): Effort | null {
  if (!isSet(word)) return null;
  if (isEffort(word)) return word;
  throw wrongField(param, 'one of none, minimal, low, medium, high, xhigh, max', word);
}
