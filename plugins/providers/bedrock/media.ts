import type { AudioBlock, DocumentBlock, ImageBlock } from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { EncodeContext } from './encode-context.ts';

const imageFormats: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

const documentFormats: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
};

/** @throws GatewayError 400 for images that Bedrock cannot be given. */
export function encodeImage({ source, detail }: ImageBlock, context: EncodeContext): JsonObject {
  if (detail !== undefined && detail !== 'auto') context.drop('image detail');
  if (source.kind !== 'base64') throw unreachable('image', source.kind);
  const format = imageFormats[source.mediaType];
  if (format === undefined) throw unknownFormat('image', source.mediaType, 'PNG, JPEG, GIF or WebP');
  return { image: { format, source: { bytes: source.data } } };
}

/**
 * A document under a neutral name: Bedrock demands one that is unique in the request, without an extension.
 *
 * @throws GatewayError 400 for documents that Bedrock cannot be given.
 */
export function encodeDocument({ source }: DocumentBlock, context: EncodeContext): JsonObject {
  const name = context.documentName();
  if (source.kind === 'text') {
    const bytes = Buffer.from(source.text, 'utf8').toString('base64');
    return { document: { format: 'txt', name, source: { bytes } } };
  }
  if (source.kind !== 'base64') throw unreachable('document', source.kind);
  const format = documentFormats[source.mediaType];
  if (format === undefined) {
    throw unknownFormat('document', source.mediaType, 'PDF, CSV, Word, Excel, HTML, text or Markdown');
  }
  return { document: { format, name, source: { bytes: source.data } } };
}

export function audioRefused({ format }: AudioBlock): GatewayError {
  return refused(
    `Bedrock takes no sound, got ${JSON.stringify(format.slice(0, 20))}. Send a transcript, or use a provider that takes sound.`,
  );
}

function unreachable(what: string, kind: string): GatewayError {
  return kind === 'url'
    ? refused(
        `Bedrock takes ${what}s as data only and fetches no addresses: send it as data:TYPE;base64,… instead.`,
      )
    : refused(`Bedrock has no uploaded files: send the ${what} itself as data:TYPE;base64,… instead.`);
}

function unknownFormat(what: string, mediaType: string, expected: string): GatewayError {
  const came = mediaType === '' ? 'data of an unknown type' : JSON.stringify(mediaType.slice(0, 80));
  return refused(`Bedrock takes a ${what} as ${expected}, got ${came}. Convert it.`);
}

function refused(message: string): GatewayError {
  return new GatewayError('unsupported_parameter', message, { param: 'messages' });
}
