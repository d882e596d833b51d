import type { DocumentBlock, MediaSource } from '../../../sdk/conversation.ts';
import { unsupported } from './unsupported.ts';

/**
 * The bytes of an image as Ollama wants them: base64 with its padding, without `data:`.
 *
 * @throws GatewayError 400 for an image that is only named: the server fetches none.
 */
export function base64Image(source: MediaSource): string {
  if (source.kind !== 'base64') {
    const what = source.kind === 'url' ? 'the address of an image' : 'an uploaded file';
    throw unsupported('messages', what, 'send the image itself, as data:TYPE;base64,…');
  }
  const bare = source.data.replace(/=+$/, '');
  return bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
}

/**
 * A document as text, under its name.
 *
 * @throws GatewayError 400 for what is no text, such as a PDF.
 */
export function documentText({ source, name }: DocumentBlock): string {
  const heading = name === '' ? '' : `${name}:\n`;
  if (source.kind === 'text') return heading + source.text;
  if (source.kind === 'base64' && source.mediaType.startsWith('text/')) {
    return heading + Buffer.from(source.data, 'base64').toString('utf8');
  }
  throw unsupported('messages', 'documents other than plain text', "send the document's text");
}
