import type { MediaSource } from '../conversation.ts';
import { GatewayError } from '../errors.ts';

/**
 * An address of an image or file as clients write it: `https://…`, or `data:image/png;base64,…`.
 *
 * @param param the field that held it, for the message.
 * @throws GatewayError 400 for what is neither, and for data that is not base64.
 */
export function mediaFromUrl(url: string, param: string): MediaSource {
  if (/^https?:\/\//i.test(url)) return { kind: 'url', url };
  const comma = url.indexOf(',');
  const head = comma < 0 ? '' : url.slice(0, Math.min(comma, 200));
  const match = /^data:([^;,]*)(?:;[^;,]*)*;base64$/i.exec(head);
  if (match === null) {
    throw new GatewayError(
      'invalid_request',
      `${param}: expected an http(s) address or data:TYPE;base64,…, got ${JSON.stringify(url.slice(0, 20))}.`,
      { param },
    );
  }
  return mediaFromBase64(url.slice(comma + 1), match[1]!.toLowerCase(), param);
}

/**
 * Base64 data as a source. The bytes' own signature beats the type that the client named: providers refuse data that is
 * not what its type says.
 *
 * @throws GatewayError 400 for data that is not base64.
 */
export function mediaFromBase64(data: string, mediaType: string, param: string): MediaSource {
  if (!isBase64(data)) {
    throw new GatewayError('invalid_request', `${param}: expected base64 data, got something else.`, {
      param,
    });
  }
  return { kind: 'base64', mediaType: sniff(data) ?? mediaType, data };
}

/** Padded or not, without line breaks. */
function isBase64(data: string): boolean {
  return data.length > 0 && data.length % 4 !== 1 && /^[A-Za-z0-9+/]*={0,2}$/.test(data);
}

/** First characters, in base64, of the formats that providers take. */
const signatures: readonly (readonly [string, string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['JVBERi', 'application/pdf'],
];

function sniff(data: string): string | null {
  for (const [start, type] of signatures) if (data.startsWith(start)) return type;
  // RIFF????WEBP: the word is at byte 8.
  if (
    data.startsWith('UklGR') &&
    Buffer.from(data.slice(0, 16), 'base64').toString('latin1', 8, 12) === 'WEBP'
  ) {
    return 'image/webp';
  }
  return null;
}
