import type { AudioBlock, Block, DocumentBlock, ImageBlock, TextBlock } from '../../../sdk/conversation.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import { type Draft, unsupported } from './draft.ts';

/**
 * A block of a user's turn as a content part; null for what says nothing.
 *
 * @throws GatewayError 400 for what the chat dialect cannot say.
 */
export function userPart(block: Block, draft: Draft): JsonObject | null {
  switch (block.type) {
    case 'text':
      return textPart(block, draft);
    case 'image':
      return imagePart(block, draft);
    case 'document':
      return documentPart(block, draft);
    case 'audio':
      return audioPart(block);
    case 'native':
      if (block.dialect === 'chat') return block.value;
      throw unsupported(
        'messages',
        `a ${block.name} block cannot be translated for this model; send its content as text, or choose a model that knows it`,
      );
    default:
      return null;
  }
}

/** Null for an empty text: servers refuse those. */
export function textPart({ text, cache }: TextBlock, draft: Draft): JsonObject | null {
  return text === '' ? null : { type: 'text', text, ...draft.mark(cache) };
}

/** The content of a message: a string where there is one text only, which every server takes. */
export function contentOf(parts: readonly JsonObject[]): string | readonly JsonObject[] {
  const [only] = parts;
  if (parts.length !== 1 || only?.['type'] !== 'text' || only['cache_control'] !== undefined) return parts;
  return only['text'] as string;
}

function imagePart({ source, detail, cache }: ImageBlock, draft: Draft): JsonObject {
  let url: string;
  if (source.kind === 'url') url = source.url;
  else if (source.kind === 'base64') url = dataUrl(source.mediaType || 'image/png', source.data);
  else {
    throw unsupported(
      'messages',
      'an image that was uploaded as a file cannot be sent to this model; send its address or its data',
    );
  }
  const image = { url, ...(detail === undefined ? undefined : { detail }) };
  return { type: 'image_url', image_url: image, ...draft.mark(cache) };
}

function documentPart({ source, name, cache }: DocumentBlock, draft: Draft): JsonObject {
  const mark = draft.mark(cache);
  switch (source.kind) {
    case 'text':
      return { type: 'text', text: documentText(name, source.text), ...mark };
    case 'base64': {
      const type = source.mediaType || 'application/octet-stream';
      const filename = name || (type === 'application/pdf' ? 'document.pdf' : 'document');
      return { type: 'file', file: { filename, file_data: dataUrl(type, source.data) }, ...mark };
    }
    case 'file':
      if (draft.conversation.dialect === 'chat') {
        return { type: 'file', file: { file_id: source.id }, ...mark };
      }
      throw unsupported(
        'messages',
        'a document that was uploaded as a file is not known to this model; send its data',
      );
    default:
      throw unsupported('messages', 'this model takes no addresses of documents; send the data itself');
  }
}

/** A text document as a text, its name in front. */
export function documentText(name: string, text: string): string {
  return name === '' ? text : `${name}:\n\n${text}`;
}

function audioPart({ data, format }: AudioBlock): JsonObject {
  return { type: 'input_audio', input_audio: { data, format } };
}

function dataUrl(mediaType: string, base64: string): string {
  return `data:${mediaType};base64,${base64}`;
}
