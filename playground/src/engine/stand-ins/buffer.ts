// What the shared pipeline uses of Node's Buffer, on top of Uint8Array. A test holds it against the original.

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** True where the bytes are valid UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Bytes with the methods of Node's `Buffer` that the pipeline calls. */
class PageBytes extends Uint8Array {
  override toString(encoding = 'utf8', start = 0, end = this.length): string {
    const part = super.subarray(start, end);
    if (encoding === 'utf8' || encoding === 'utf-8') return decoder.decode(part);
    let text = '';
    if (encoding === 'hex') {
      for (const byte of part) text += byte.toString(16).padStart(2, '0');
      return text;
    }
    for (const byte of part) text += String.fromCharCode(byte);
    if (encoding === 'latin1' || encoding === 'binary') return text;
    const base64 = btoa(text);
    if (encoding === 'base64') return base64;
    if (encoding === 'base64url') return base64.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
    throw new Error(`expected utf8, hex, latin1, base64 or base64url; got ${encoding}`);
  }

  equals(other: Uint8Array): boolean {
    return compare(this, other) === 0;
  }

  writeFloatLE(value: number, at = 0): number {
    new DataView(this.buffer, this.byteOffset, this.byteLength).setFloat32(at, value, true);
    return at + 4;
  }
}

function fromText(text: string, encoding: string): Uint8Array {
  if (encoding === 'utf8' || encoding === 'utf-8') return encoder.encode(text);
  if (encoding === 'latin1' || encoding === 'binary') {
    return Uint8Array.from(text, (char) => char.charCodeAt(0) & 255);
  }
  if (encoding === 'base64' || encoding === 'base64url') return fromBase64(text);
  throw new Error(`expected utf8, latin1 or base64; got ${encoding}`);
}

/** As lenient as Node: other characters are left out, and the first `=` ends it. */
function fromBase64(text: string): Uint8Array {
  let plain = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/[^A-Za-z0-9+/=]/g, '');
  const end = plain.indexOf('=');
  if (end >= 0) plain = plain.slice(0, end);
  if (plain.length % 4 === 1) plain = plain.slice(0, -1);
  return Uint8Array.from(atob(plain), (char) => char.charCodeAt(0));
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return a[at]! < b[at]! ? -1 : 1;
  return Math.sign(a.length - b.length);
}

function bytesOf(source: string | Uint8Array | readonly number[], encoding = 'utf8'): PageBytes {
  const bytes = typeof source === 'string' ? fromText(source, encoding) : source;
  const made = new PageBytes(bytes.length);
  made.set(bytes);
  return made;
}

function concat(pieces: readonly Uint8Array[]): PageBytes {
  const whole = new PageBytes(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** `Buffer`, as far as it is used. Its own object: `Uint8Array.from` means something else. */
export const Buffer = {
  from: bytesOf,
  concat,
  compare,
  alloc: (bytes: number): PageBytes => new PageBytes(bytes),
  byteLength: (text: string): number => encoder.encode(text).length,
  isBuffer: (value: unknown): boolean => value instanceof PageBytes,
};
