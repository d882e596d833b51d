import type { AudioBlock, DocumentBlock, ImageBlock, MediaSource } from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { Encoding } from './encoding.ts';

/** Media types by the ends of addresses. Vertex AI wants one beside every address. */
const types: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
};

/** Where Gemini's own files are: Cloud Storage, and the files that were uploaded to the API. */
const ownFile =
  /^(gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/|https:\/\/storage\.googleapis\.com\/)/;
const uploaded = /^files\/[\w-]{1,64}$/;

/**
 * An image or a document as a part.
 *
 * @throws GatewayError 400 for what Gemini cannot reach.
 */
export function mediaPart(block: ImageBlock | DocumentBlock, encoding: Encoding): JsonObject {
  if (block.type === 'image' && block.detail !== undefined && block.detail !== 'auto') {
    encoding.dropped.add('image detail');
  }
  const fallback = block.type === 'document' ? 'application/pdf' : '';
  const { source } = block;
  switch (source.kind) {
    case 'base64':
      return { inlineData: { mimeType: typeOf(source.mediaType || fallback), data: source.data } };
    case 'text':
      return {
        text: block.type === 'document' && block.name !== '' ? `${block.name}\n${source.text}` : source.text,
      };
    default:
      return { fileData: fileData(source, fallback, encoding) };
  }
}

/** A sound as a part. */
export function audioPart({ data, format }: AudioBlock): JsonObject {
  return { inlineData: { mimeType: format.includes('/') ? format : `audio/${format}`, data } };
}

function typeOf(mediaType: string): string {
  if (mediaType !== '') return mediaType;
  throw new GatewayError(
    'unsupported_parameter',
    'Gemini takes an image only with its media type, and it could not be told from the data. Send it as data:TYPE;base64,….',
    { param: 'messages' },
  );
}

function fileData(
  source: Extract<MediaSource, { kind: 'url' | 'file' }>,
  fallback: string,
  { model, settings }: Encoding,
): JsonObject {
  const address = source.kind === 'url' ? source.url : source.id;
  if (source.kind === 'file' && uploaded.test(address)) {
    return { fileUri: `https://generativelanguage.googleapis.com/v1beta/${address}` };
  }
  if (!ownFile.test(address)) {
    if (source.kind === 'file') {
      throw new GatewayError(
        'unsupported_parameter',
        'A file that was uploaded to another provider is not known to Gemini. Send its data instead.',
        { param: 'messages' },
      );
    }
    // Vertex AI has always fetched; the API itself does since 2.5 (ai.google.dev, file input methods).
    if (!model.urls && !settings.vertex) {
      throw new GatewayError(
        'unsupported_parameter',
        'This Gemini model does not fetch addresses. Send the data as data:TYPE;base64,…, or use a newer model.',
        { param: 'messages' },
      );
    }
  }
  const mimeType = typeByName(address) || fallback;
  return mimeType === '' ? { fileUri: address } : { mimeType, fileUri: address };
}

function typeByName(address: string): string {
  const end = /\.([a-z0-9]{2,5})(?:[?#]|$)/i.exec(address)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(types, end) ? types[end]! : '';
}
