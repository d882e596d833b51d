import type { Block, Conversation, ToolResultBlock, Turn } from '../../../sdk/conversation.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import { argumentsObject } from '../../../sdk/translate/arguments.ts';
import { callNames } from '../../../sdk/translate/turns.ts';
import type { Dropped } from './dropped.ts';
import { base64Image, documentText } from './media.ts';
import { unsupported } from './unsupported.ts';

/**
 * The conversation as Ollama's messages: texts joined, images beside them as bare base64, one `tool` message for each
 * result. Instructions may stand anywhere.
 *
 * @throws GatewayError 400 for media that Ollama cannot be sent.
 */
export function messagesOf(conversation: Conversation, dropped: Dropped): JsonObject[] {
  const messages: JsonObject[] = [];
  const system = conversation.system.map((block) => block.text).join('\n\n');
  dropped.add(
    'cache_control',
    conversation.system.some((block) => block.cache !== undefined),
  );
  if (system !== '') messages.push({ role: 'system', content: system });
  const names = callNames(conversation);
  for (const turn of conversation.turns) {
    if (turn.role === 'assistant') addAssistant(turn, dropped, messages);
    else addOther(turn, names, dropped, messages);
  }
  return messages;
}

function addAssistant({ blocks }: Turn, dropped: Dropped, messages: JsonObject[]): void {
  const texts: string[] = [];
  const thinking: string[] = [];
  const calls: JsonObject[] = [];
  for (const block of blocks) {
    noteCache(block, dropped);
    if (block.type === 'text' || block.type === 'refusal') texts.push(block.text);
    else if (block.type === 'tool_call') {
      const { id, name } = block;
      calls.push({ id, function: { name, arguments: argumentsObject(block.arguments) } });
    } else if (block.type === 'reasoning') {
      // Ollama's models sign nothing: what is signed or encrypted is another vendor's.
      if (block.seal === undefined && block.text !== '') thinking.push(block.text);
      else dropped.add('reasoning');
    } else if (block.type === 'native') dropped.add(block.name);
    else dropped.add(`${block.type} of the assistant`);
  }
  const content = texts.filter((text) => text !== '').join('\n');
  if (content === '' && calls.length === 0) return;
  messages.push({
    role: 'assistant',
    content,
    ...(thinking.length === 0 ? undefined : { thinking: thinking.join('\n') }),
    ...(calls.length === 0 ? undefined : { tool_calls: calls }),
  });
}

/** One message under way: the server puts a message's images in front of its text. */
interface Draft {
  readonly images: string[];
  readonly texts: string[];
}

function addOther(
  { role, blocks }: Turn,
  names: ReadonlyMap<string, string>,
  dropped: Dropped,
  messages: JsonObject[],
): void {
  const drafts: Draft[] = [{ images: [], texts: [] }];
  // With images between texts, each image stays behind the text that it followed.
  const keepOrder = interleaved(blocks);
  const addImage = (image: string) => {
    if (keepOrder && drafts.at(-1)!.texts.length > 0) drafts.push({ images: [], texts: [] });
    drafts.at(-1)!.images.push(image);
  };
  for (const block of blocks) {
    noteCache(block, dropped);
    switch (block.type) {
      case 'tool_result':
        messages.push(resultMessage(block, names, dropped));
        addResultImages(block, names, drafts, dropped);
        break;
      case 'text':
        if (block.text !== '') drafts.at(-1)!.texts.push(block.text);
        break;
      case 'image':
        dropped.add('image detail', block.detail !== undefined && block.detail !== 'auto');
        addImage(base64Image(block.source));
        break;
      case 'document':
        drafts.at(-1)!.texts.push(documentText(block));
        break;
      case 'audio':
        throw unsupported('messages', 'sound', 'leave it out, or send a transcript');
      case 'native':
        dropped.add(block.name);
        break;
      default:
        dropped.add(block.type);
    }
  }
  for (const { images, texts } of drafts) {
    if (images.length === 0 && texts.length === 0) continue;
    messages.push({
      role: role === 'system' ? 'system' : 'user',
      content: texts.join('\n'),
      ...(images.length === 0 ? undefined : { images }),
    });
  }
}

function resultMessage(
  { callId, content, isError }: ToolResultBlock,
  names: ReadonlyMap<string, string>,
  dropped: Dropped,
): JsonObject {
  const texts: string[] = [];
  for (const block of content) {
    noteCache(block, dropped);
    if (block.type === 'text') texts.push(block.text);
    else if (block.type === 'document') texts.push(documentText(block));
  }
  const text = texts.join('\n');
  const name = names.get(callId);
  return {
    role: 'tool',
    content: isError && !/^\s*error/i.test(text) ? `Error: ${text}` : text,
    // Older versions know a result by the function's name only, newer ones by the call's id, too.
    ...(name === undefined ? undefined : { tool_name: name }),
    tool_call_id: callId,
  };
}

/** A `tool` message is text: images of a result follow in the user's next message, under the function's name. */
function addResultImages(
  { callId, content }: ToolResultBlock,
  names: ReadonlyMap<string, string>,
  drafts: Draft[],
  dropped: Dropped,
): void {
  const images = content.filter((block) => block.type === 'image');
  if (images.length === 0) return;
  const draft: Draft = { images: [], texts: [`Images of the result of ${names.get(callId) ?? callId}:`] };
  for (const { source, detail } of images) {
    dropped.add('image detail', detail !== undefined && detail !== 'auto');
    draft.images.push(base64Image(source));
  }
  drafts.splice(-1, 0, draft);
}

/** True where images stand between texts, so that their places say which text they belong to. */
function interleaved(blocks: readonly Block[]): boolean {
  let changes = 0;
  let last = '';
  for (const { type } of blocks) {
    const kind = type === 'image' ? 'image' : type === 'text' || type === 'document' ? 'text' : '';
    if (kind === '' || kind === last) continue;
    if (last !== '') changes += 1;
    last = kind;
  }
  return changes > 1;
}

function noteCache(block: Block, dropped: Dropped): void {
  if (!('cache' in block) || block.cache === undefined) return;
  dropped.add('cache_control');
}
