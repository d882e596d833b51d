import type { Conversation } from '../../../sdk/conversation.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { Wire } from '../../../sdk/wire.ts';
import { contentsOf } from './contents.ts';
import { GeminiDecoder } from './decoder.ts';
import { beginEncoding, type Encoding, type GeminiSettings } from './encoding.ts';
import { geminiFraming } from './framing.ts';
import { generationConfig, jsonInstruction, jsonInWords } from './generation.ts';
import { toolConfigOf, toolsOf } from './tools.ts';

/** Gemini's own format: `generateContent`, and `streamGenerateContent` with server-sent events. */
export function createGeminiWire(settings: GeminiSettings): Wire {
  return {
    kind: 'wire',
    name: 'gemini',
    framing: geminiFraming,
    encode(conversation, context) {
      const encoding = beginEncoding(conversation, context, settings);
      const prompt = promptOf(encoding);
      const body: JsonObject = {
        ...prompt,
        generationConfig: generationConfig(encoding, prompt.tools !== undefined),
        safetySettings: settings.safetySettings.length > 0 ? settings.safetySettings : undefined,
      };
      noteUnsupported(conversation, encoding.dropped);
      const { changed } = encoding.names;
      return {
        body: JSON.stringify(body),
        dropped: [...encoding.dropped],
        ...(changed === undefined ? {} : { toolNames: changed }),
      };
    },
    decoder: (context) => new GeminiDecoder(context),
  };
}

/** All that the model reads; members that are undefined are not sent. */
export interface Prompt extends JsonObject {
  readonly contents: readonly JsonObject[];
  readonly systemInstruction: JsonObject | undefined;
  readonly tools: readonly JsonObject[] | undefined;
  readonly toolConfig: JsonObject | undefined;
}

/** @throws GatewayError 400 for what Gemini cannot be told. */
export function promptOf(encoding: Encoding): Prompt {
  const tools = toolsOf(encoding);
  return {
    contents: contentsOf(encoding),
    systemInstruction: systemOf(encoding, tools.length > 0),
    tools: tools.length > 0 ? tools : undefined,
    toolConfig: toolConfigOf(encoding),
  };
}

function systemOf(encoding: Encoding, hasTools: boolean): JsonObject | undefined {
  const parts: JsonObject[] = [];
  for (const { text, cache } of encoding.conversation.system) {
    if (cache !== undefined) encoding.dropped.add('cache_control');
    if (text !== '') parts.push({ text });
  }
  if (jsonInWords(encoding, hasTools)) parts.push({ text: jsonInstruction(encoding) });
  return parts.length > 0 ? { parts } : undefined;
}

function noteUnsupported({ user, extra }: Conversation, dropped: Set<string>): void {
  if (user !== '') dropped.add('user');
  for (const name of Object.keys(extra)) dropped.add(name);
}
