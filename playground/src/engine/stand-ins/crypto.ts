import { Buffer } from './buffer.ts';

// SHA-256 by FIPS 180-4, for what the pipeline names by a hash. The browser's own is asynchronous, and hashes are needed
// in the middle of synchronous code. Nothing secret is hashed in the page.

const words = new Uint32Array(64);
const constants = /* @__PURE__ */ makeConstants();

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
function makeConstants(): Uint32Array {
  const found: number[] = [];
  for (let candidate = 2; found.length < 64; candidate++) {
    let prime = true;
    for (let by = 2; by * by <= candidate; by++) if (candidate % by === 0) prime = false;
    if (prime) found.push(fraction(Math.cbrt(candidate)));
  }
  return Uint32Array.from(found);
}

function fraction(value: number): number {
  return ((value - Math.floor(value)) * 2 ** 32) >>> 0;
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** The first 32 bits of the fractional parts of the square roots of the first 8 primes. */
function initial(): Uint32Array {
  return Uint32Array.from([2, 3, 5, 7, 11, 13, 17, 19], (prime) => fraction(Math.sqrt(prime)));
}

function block(state: Uint32Array, view: DataView, at: number): void {
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + i * 4);
  for (let i = 16; i < 64; i++) {
    const early = words[i - 15]!;
    const late = words[i - 2]!;
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    words[i] = words[i - 16]! + s0 + words[i - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as number[] as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + s1 + ((e & f) ^ (~e & g)) + constants[i]! + words[i]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  const next = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = state[i]! + next[i]!;
}

/** SHA-256 of bytes: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array((((bytes.length + 8) >> 6) + 1) << 6);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
  const state = initial();
  for (let at = 0; at < padded.length; at += 64) block(state, view, at);
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  for (const [i, word] of state.entries()) out.setUint32(i * 4, word);
  return digest;
}

/** Node's `createHash`, for `sha256` alone. */
export function createHash(name: string) {
  if (name !== 'sha256') throw new Error(`expected sha256, got ${name}`);
  const pieces: Uint8Array[] = [];
  const hash = {
    update(piece: string | Uint8Array) {
      pieces.push(Buffer.from(piece));
      return hash;
    },
    digest(encoding?: string) {
      const digest = Buffer.from(sha256(Buffer.concat(pieces)));
      return encoding === undefined ? digest : digest.toString(encoding);
    },
  };
  return hash;
}

/** Node's `hash`, for `sha256` alone. */
export function hash(name: string, data: string | Uint8Array, encoding = 'hex') {
  return createHash(name)
    .update(data)
    .digest(encoding === 'buffer' ? undefined : encoding);
}

function gatewayOnly(): never {
  throw new Error('keys are checked and made by the gateway, not by a page');
}

// Imported by files whose other parts the page needs.
export {
  gatewayOnly as createHmac,
  gatewayOnly as hkdfSync,
  gatewayOnly as randomBytes,
  gatewayOnly as randomFillSync,
  gatewayOnly as randomUUID,
  gatewayOnly as timingSafeEqual,
};
