import type { Conversation, TextBlock, Turn } from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { isSet, wrongField } from '../openai/check.ts';
import { refuseStoredPrompt } from '../stored-prompt.ts';
import { homeVendor } from './encoder.ts';
import { readContent, readInstructions } from './read-blocks.ts';
import { readExtra, readNumber, readOutput, readReasoning, readTools } from './read-options.ts';

/**
 * Reads a messages request for translation.
 *
 * @param home vendor of signatures that do not say whose they are; null for Anthropic.
 * @throws GatewayError 400 with `param`.
 */
export function messagesConversation(body: JsonObject, home: string | null): Conversation {
  if (isSet(body['thread'])) {
    // Clients go by this code: they send the whole conversation instead.
    throw new GatewayError(
      'thread_unsupported_request',
      'thread: the model that was chosen keeps no conversations. Send the whole conversation, without thread.',
      { status: 400, param: 'thread' },
    );
  }
  refuseStoredPrompt(body);
  const { system, turns } = readTurns(body, home ?? homeVendor);
  const { metadata } = body;
  const user = isJsonObject(metadata) ? metadata['user_id'] : undefined;
  return {
    system,
    turns,
    ...readTools(body),
    output: readOutput(body),
    reasoning: readReasoning(body),
    maxOutputTokens: readNumber(body, 'max_tokens'),
    stop: readStop(body['stop_sequences']),
    temperature: readNumber(body, 'temperature'),
    topP: readNumber(body, 'top_p'),
    topK: readNumber(body, 'top_k'),
    seed: null,
    presencePenalty: null,
    frequencyPenalty: null,
    logprobs: null,
    count: 1,
    user: typeof user === 'string' ? user : '',
    extra: readExtra(body),
    dialect: 'messages',
  };
}

function readTurns(body: JsonObject, owner: string): { system: TextBlock[]; turns: Turn[] } {
  const system = readInstructions(body['system'], 'system');
  const turns: Turn[] = [];
  const { messages } = body;
  if (!Array.isArray(messages)) throw wrongField('messages', 'an array of messages', messages);
  for (const [index, message] of (messages as readonly Json[]).entries()) {
    const param = `messages[${index}]`;
    if (!isJsonObject(message)) throw wrongField(param, 'an object with role and content', message);
    const { role, content } = message;
    if (role === 'system') {
      const blocks = readInstructions(content, `${param}.content`);
      if (turns.length === 0) system.push(...blocks);
      else turns.push({ role, blocks });
    } else if (role === 'user' || role === 'assistant') {
      turns.push({ role, blocks: readContent(content, `${param}.content`, role, owner) });
    } else throw wrongField(`${param}.role`, 'one of user, assistant, system', role);
  }
  return { system, turns };
}

function readStop(stop: Json | undefined): string[] {
  if (!isSet(stop)) return [];
  if (!Array.isArray(stop) || !stop.every((text): text is string => typeof text === 'string')) {
    throw wrongField('stop_sequences', 'an array of strings', stop);
  }
  return [...stop];
}
