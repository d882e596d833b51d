import { GatewayError } from '../../../sdk/errors.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { Encoding } from './encoding.ts';
import { reduceSchema } from './schema.ts';
import { thinkingConfig } from './thinking.ts';

const maxStops = 5;

/**
 * `generationConfig`; undefined where it would be empty.
 *
 * @throws GatewayError 400 for more stop sequences than Gemini takes.
 */
export function generationConfig(encoding: Encoding, hasTools: boolean): JsonObject | undefined {
  const { conversation } = encoding;
  if (conversation.stop.length > maxStops) {
    throw new GatewayError(
      'unsupported_parameter',
      `Gemini takes at most ${maxStops} stop sequences, got ${conversation.stop.length}. Leave some out.`,
      { param: 'stop' },
    );
  }
  const { logprobs } = conversation;
  const fields: Record<string, Json | undefined> = {
    // Thoughts count, too.
    maxOutputTokens: set(conversation.maxOutputTokens),
    stopSequences: conversation.stop.length > 0 ? conversation.stop : undefined,
    temperature: set(conversation.temperature),
    topP: set(conversation.topP),
    topK: set(conversation.topK),
    candidateCount: conversation.count > 1 ? conversation.count : undefined,
    seed: set(conversation.seed),
    presencePenalty: set(conversation.presencePenalty),
    frequencyPenalty: set(conversation.frequencyPenalty),
    responseLogprobs: logprobs === null ? undefined : true,
    logprobs: logprobs === null || logprobs === 0 ? undefined : logprobs,
    ...outputFormat(encoding, hasTools),
    thinkingConfig: thinkingConfig(encoding),
  };
  return Object.values(fields).some((value) => value !== undefined) ? fields : undefined;
}

/** True where JSON can only be asked for in words: before Gemini 3 the format and tools are a 400 together. */
export function jsonInWords({ conversation, model }: Encoding, hasTools: boolean): boolean {
  return conversation.output !== null && hasTools && !model.jsonWithTools;
}

/** What the model is told where the format cannot be set. */
export function jsonInstruction({ conversation: { output } }: Encoding): string {
  const schema =
    output?.type === 'schema' ? ` that follows this JSON schema:\n${JSON.stringify(output.schema)}` : '.';
  return `When you answer without calling a function, answer with nothing but a JSON object${schema}`;
}

function outputFormat(encoding: Encoding, hasTools: boolean): JsonObject {
  const { conversation, model, dropped } = encoding;
  const { output } = conversation;
  if (output === null) return {};
  if (jsonInWords(encoding, hasTools)) {
    dropped.add('response_format');
    return {};
  }
  const responseMimeType = 'application/json';
  if (output.type === 'json') return { responseMimeType };
  const { description, schema } = output;
  const described =
    description !== '' && schema['description'] === undefined ? { ...schema, description } : schema;
  return model.jsonSchema
    ? { responseMimeType, responseJsonSchema: described }
    : { responseMimeType, responseSchema: reduceSchema(described) };
}

function set(value: number | null): number | undefined {
  return value ?? undefined;
}
