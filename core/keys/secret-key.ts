import { hash, randomBytes } from 'node:crypto';
import { Secret } from '../../sdk/secret.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** The fewest base62 digits that hold 32 bytes. */
const digits = 43;

/** A key that somebody brings along: long enough that nobody guesses it, and fit for a header. */
const ownKey = /^sk-[\w.~-]{16,200}$/;

/** A key as it is given out, and what is kept of it. */
export interface NewKey {
  /** Shown once, kept nowhere. */
  readonly secret: Secret;
  readonly hash: string;
  readonly name: string;
}

/**
 * Makes a key: `sk-` and 43 characters that hold 256 bits from the operating system.
 *
 * @param bytes 32 of them; a test may give its own.
 */
export function makeKey(bytes: Buffer = randomBytes(32)): NewKey {
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let index = 0; index < digits; index += 1) {
    text = alphabet[Number(rest % 62n)]! + text;
    rest /= 62n;
  }
  return keptKey(`sk-${text}`);
}

/** What is kept of a key that already has its text. */
export function keptKey(text: string): NewKey {
  return { secret: new Secret(text), hash: hashKey(text), name: keyName(text) };
}

/** True for a text that may be somebody's own key: `sk-` and 16 to 200 letters, digits and `_ . ~ -`. */
export function isOwnKey(text: string): boolean {
  return ownKey.test(text);
}

/** SHA-256 in hexadecimal. Keys are random, so no salt and no slow hash is needed: there is nothing to guess. */
export function hashKey(text: string): string {
  return hash('sha256', text, 'hex');
}

/** What people see of a key: `sk-…` and its last four characters. */
export function keyName(text: string): string {
  return `sk-…${text.slice(-4)}`;
}
