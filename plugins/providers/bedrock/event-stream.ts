import { crc32 } from 'node:zlib';
import { FramingError } from '../../../sdk/wire.ts';

/** One message of an event stream. */
export interface EventStreamMessage {
  /** Headers with text values; others are left out. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

/** Two lengths and their checksum. */
const preludeBytes = 12;
/** Prelude and the message's checksum. */
const overheadBytes = 16;
const maxHeaderBytes = 128 * 1024;
/** The format's own limit of a payload is 24 MiB. */
const maxMessageBytes = 24 * 1024 * 1024 + maxHeaderBytes + overheadBytes;

/** Sizes of header values by type; text and bytes (7 and 6) say their own. */
const valueBytes: readonly (number | null)[] = [0, 0, 1, 2, 4, 8, null, null, 8, 16];

/**
 * Finds the messages in the bytes of an `application/vnd.amazon.eventstream` body, cut anywhere. A message: length of
 * all and of the headers (u32, big-endian), CRC32 of these 8 bytes, headers, payload, CRC32 of everything before.
 * Lengths are checked before any byte is waited for: a wrong one would stall the stream until its timeout.
 */
export class EventStreamReader {
  readonly #onMessage: (message: EventStreamMessage) => void;
  /** Bytes of the message under way, joined only once it is whole. */
  #pieces: Buffer[] = [];
  #size = 0;
  /** Bytes until there is something to look at: a prelude, then the rest of its message. */
  #wanted = preludeBytes;
  #broken: FramingError | null = null;

  constructor(onMessage: (message: EventStreamMessage) => void) {
    this.#onMessage = onMessage;
  }

  /** True where the bytes so far end with a whole message. */
  get whole(): boolean {
    return this.#size === 0 && this.#broken === null;
  }

  /** @throws FramingError for what is no event stream; then for every further piece, too. */
  push(bytes: Buffer): void {
    if (this.#broken !== null) throw this.#broken;
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    if (this.#size < this.#wanted) return;
    try {
      this.#read(this.#pieces.length === 1 ? bytes : Buffer.concat(this.#pieces));
    } catch (error) {
      if (error instanceof FramingError) this.#broken = error;
      throw error;
    }
  }

  #read(bytes: Buffer): void {
    let at = 0;
    let wanted = preludeBytes;
    while (bytes.length - at >= preludeBytes) {
      const length = checkedLength(bytes, at);
      if (bytes.length - at < length) {
        wanted = length;
        break;
      }
      const message = readMessage(bytes.subarray(at, at + length));
      at += length;
      this.#onMessage(message);
    }
    this.#wanted = wanted;
    this.#size = bytes.length - at;
    this.#pieces = this.#size === 0 ? [] : [bytes.subarray(at)];
  }
}

function checkedLength(bytes: Buffer, at: number): number {
  if (crc32(bytes.subarray(at, at + 8)) !== bytes.readUInt32BE(at + 8)) {
    throw new FramingError('event stream: the checksum of a prelude does not match');
  }
  const length = bytes.readUInt32BE(at);
  const headerBytes = bytes.readUInt32BE(at + 4);
  if (length > maxMessageBytes || headerBytes > maxHeaderBytes || length < headerBytes + overheadBytes) {
    throw new FramingError(
      `event stream: a message of ${length} bytes with ${headerBytes} bytes of headers cannot be`,
    );
  }
  return length;
}

function readMessage(bytes: Buffer): EventStreamMessage {
  const end = bytes.length - 4;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) {
    throw new FramingError('event stream: the checksum of a message does not match');
  }
  const payloadAt = preludeBytes + bytes.readUInt32BE(4);
  return { headers: readHeaders(bytes, payloadAt), payload: bytes.subarray(payloadAt, end) };
}

function readHeaders(bytes: Buffer, end: number): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  let at = preludeBytes;
  while (at < end) {
    const nameEnd = at + 1 + bytes[at]!;
    const type = nameEnd < end ? bytes[nameEnd]! : -1;
    const fixed = valueBytes[type];
    let valueAt = nameEnd + 1;
    let valueEnd = valueAt + (fixed ?? 0);
    if (fixed === null && valueAt + 2 <= end) {
      valueEnd = valueAt + 2 + bytes.readUInt16BE(valueAt);
      valueAt += 2;
    } else if (fixed === undefined || fixed === null) {
      throw new FramingError('event stream: a header has no value, or one of an unknown type');
    }
    if (valueEnd > end) throw new FramingError('event stream: a header is longer than all headers');
    if (type === 7)
      headers[bytes.toString('utf8', at + 1, nameEnd)] = bytes.toString('utf8', valueAt, valueEnd);
    at = valueEnd;
  }
  return headers;
}
