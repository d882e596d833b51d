import { crc32 } from 'node:zlib';
import type { Json } from '../../../../sdk/json.ts';

/** A header whose value is no text, for readers that must skip it. */
export interface RawHeader {
  readonly type: number;
  readonly value: Buffer;
}

/** Writes one message of an event stream, checksums and all. */
export function encodeFrame(
  headers: Readonly<Record<string, string | RawHeader>>,
  payload: string | Buffer,
): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const text = typeof value === 'string' ? Buffer.from(value, 'utf8') : null;
    parts.push(Buffer.from([Buffer.byteLength(name)]), Buffer.from(name, 'utf8'));
    if (text !== null) parts.push(Buffer.from([7, text.length >> 8, text.length & 255]), text);
    else parts.push(Buffer.from([(value as RawHeader).type]), (value as RawHeader).value);
  }
  const head = Buffer.concat(parts);
  const body = Buffer.from(payload as string);
  const frame = Buffer.alloc(16 + head.length + body.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, 12);
  body.copy(frame, 12 + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
  return frame;
}

/** An event of ConverseStream. */
export function eventFrame(type: string, payload: Json): Buffer {
  return encodeFrame(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify(payload),
  );
}

/** An exception in the stream. */
export function exceptionFrame(type: string, payload: Json): Buffer {
  return encodeFrame(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify(payload),
  );
}

/** An event of Anthropic's, as InvokeModelWithResponseStream wraps it. */
export function chunkFrame(event: Json): Buffer {
  return eventFrame('chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64'), p: 'abc' });
}
