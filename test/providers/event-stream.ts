import { crc32 } from 'node:zlib';
import type { Json, JsonObject } from '../../sdk/json.ts';

/** One frame of `response.frames.json`. */
export interface Frame {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: JsonObject;
  /** The message checksum is wrong. */
  readonly broken_crc?: boolean;
  /** So many bytes are missing at the end. */
  readonly cut_bytes?: number;
}

/** The bytes of an event-stream frame: prelude, headers of type 7 (string), payload, checksums. */
export function encodeFrame({ headers, payload, broken_crc, cut_bytes }: Frame): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const bytes = Buffer.from(value);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, bytes]);
    }),
  );
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, head, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE((crc32(message) ^ (broken_crc === true ? 1 : 0)) >>> 0);
  const frame = Buffer.concat([message, checksum]);
  return frame.subarray(0, frame.length - (cut_bytes ?? 0));
}

/** Payloads of the frames in a stream. Stops at the first one that is not whole or whose checksum is wrong. */
export function decodeFrames(
  bytes: Buffer,
): { readonly headers: Record<string, string>; readonly payload: Json }[] {
  const frames: { headers: Record<string, string>; payload: Json }[] = [];
  for (let at = 0; at + 16 <= bytes.length; ) {
    const end = at + bytes.readUInt32BE(at);
    if (end > bytes.length || crc32(bytes.subarray(at, end - 4)) !== bytes.readUInt32BE(end - 4)) break;
    const headers: Record<string, string> = {};
    let read = at + 12;
    const headersEnd = read + bytes.readUInt32BE(at + 4);
    while (read < headersEnd) {
      const nameEnd = read + 1 + bytes[read]!;
      const valueEnd = nameEnd + 3 + bytes.readUInt16BE(nameEnd + 1);
      headers[bytes.toString('utf8', read + 1, nameEnd)] = bytes.toString('utf8', nameEnd + 3, valueEnd);
      read = valueEnd;
    }
    const text = bytes.toString('utf8', headersEnd, end - 4);
    frames.push({ headers, payload: text === '' ? {} : (JSON.parse(text) as Json) });
    at = end;
  }
  return frames;
}
