import type { Block, ReasoningBlock, ToolCallBlock, ToolResultBlock } from '../../../sdk/conversation.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import { argumentsObject } from '../../../sdk/translate/arguments.ts';
import { fitId } from '../../../sdk/translate/ids.ts';
import type { TidyTurn } from '../../../sdk/translate/turns.ts';
import { type EncodeContext, resultMark } from './encode-context.ts';
import { audioRefused, encodeDocument, encodeImage } from './media.ts';
import { redactedBytes } from './redacted.ts';

/** Stands where Converse demands a text and there is none: it refuses blank ones. */
const noOutput = '(no output)';
const noMessage = '(no message)';
const attached = 'See the attached document.';

const usualId = /^[a-zA-Z0-9_-]{1,64}$/;
/** vercel/ai#11863 */
const mistralId = /^[a-zA-Z0-9]{9}$/;

interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: Json[];
}

/** The turns as Converse wants them: alternating, the user's first, no blank texts, no empty message. */
export function encodeMessages(turns: readonly TidyTurn[], context: EncodeContext): Message[] {
  const messages: Message[] = [];
  for (const turn of turns) {
    const content =
      turn.role === 'user' ? userContent(turn.blocks, context) : answerContent(turn.blocks, context);
    // A turn of reasoning that may not be sent is nothing; what stood around it becomes one message.
    if (content.length === 0) continue;
    const last = messages.at(-1);
    if (last?.role === turn.role) last.content.push(...content);
    else messages.push({ role: turn.role, content });
  }
  if (messages[0]?.role !== 'user') messages.unshift({ role: 'user', content: [{ text: noMessage }] });
  trimEnd(messages);
  return messages;
}

/** A call's id as the model takes it, the same for the call and its result. */
function toolUseId(id: string, { model }: EncodeContext): string {
  return model.vendor === 'mistral' ? fitId(id, mistralId, '', 9) : fitId(id, usualId, 'call_', 37);
}

/** True for a reasoning block that goes back to whom it came from. */
export function isSent(block: ReasoningBlock, { issuer }: EncodeContext): boolean {
  return block.seal !== undefined && block.seal.issuer === issuer;
}

function userContent(blocks: readonly Block[], context: EncodeContext): Json[] {
  const content: Json[] = [];
  let document = -1;
  let hasText = false;
  for (const block of blocks) {
    if (block.type === 'text') {
      if (block.text.trim() !== '') {
        content.push({ text: block.text });
        hasText = true;
      }
    } else if (block.type === 'image') {
      content.push(encodeImage(block, context));
    } else if (block.type === 'document') {
      if (document < 0) document = content.length;
      if (block.name !== '') context.drop({ chat: 'filename', messages: 'document title' });
      content.push(encodeDocument(block, context));
    } else if (block.type === 'tool_result') {
      content.push(toolResult(block, context));
      context.cache(resultMark(block.cache, block.content), 'messages', content);
      continue;
    } else if (block.type === 'audio') {
      throw audioRefused(block);
    } else if (block.type === 'native') {
      context.drop(block.name);
    } else if (block.type === 'refusal') {
      content.push({ text: block.text });
    }
    if ('cache' in block) context.cache(block.cache, 'messages', content);
  }
  if (document >= 0 && !hasText) content.splice(document, 0, { text: attached });
  return content;
}

function answerContent(blocks: readonly Block[], context: EncodeContext): Json[] {
  const content: Json[] = [];
  // A signature covers what came with it, blank texts included (vercel/ai#14175).
  const signed = blocks.some((block) => block.type === 'reasoning' && isSent(block, context));
  for (const block of blocks) {
    if (block.type === 'text' || block.type === 'refusal') {
      if (signed || block.text.trim() !== '') content.push({ text: block.text });
    } else if (block.type === 'tool_call') {
      content.push(toolUse(block, context));
    } else if (block.type === 'reasoning') {
      if (isSent(block, context)) content.push(reasoning(block, context.issuer));
      else context.drop('reasoning');
    } else if (block.type === 'native') {
      context.drop(block.name);
    } else {
      context.drop(block.type);
    }
    if ('cache' in block) context.cache(block.cache, 'messages', content);
  }
  return content;
}

function reasoning({ text, seal, redacted }: ReasoningBlock, issuer: string): JsonObject {
  const value = seal!.value;
  if (redacted === true) return { reasoningContent: { redactedContent: redactedBytes(value, issuer) } };
  return { reasoningContent: { reasoningText: { text, signature: value } } };
}

function toolUse({ id, name, arguments: args }: ToolCallBlock, context: EncodeContext): JsonObject {
  return {
    toolUse: {
      toolUseId: toolUseId(id, context),
      name: context.names.of(name),
      input: argumentsObject(args),
    },
  };
}

function toolResult(block: ToolResultBlock, context: EncodeContext): JsonObject {
  const content: Json[] = [];
  for (const part of block.content) {
    if (part.type === 'image') content.push(encodeImage(part, context));
    else if (part.type === 'document') content.push(encodeDocument(part, context));
    else if (part.text.trim() !== '') content.push({ text: part.text });
  }
  if (content.length === 0) content.push({ text: noOutput });
  const failed = block.isError;
  // Models without a status read it instead.
  if (failed && !context.model.resultStatus) content.unshift({ text: 'The tool failed.' });
  return {
    toolResult: {
      toolUseId: toolUseId(block.callId, context),
      content,
      ...(failed && context.model.resultStatus ? { status: 'error' } : {}),
    },
  };
}

/** Claude refuses a last answer, to be continued, that ends with blanks. */
function trimEnd(messages: Message[]): void {
  const last = messages.at(-1);
  const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (typeof block !== 'object' || block === null || !('text' in block) || typeof block.text !== 'string')
    return;
  const text = block.text.trimEnd();
  if (text === block.text) return;
  last!.content.pop();
  if (text !== '') last!.content.push({ text });
  else if (last!.content.length === 0) messages.pop();
}
