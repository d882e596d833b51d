import { randomFillSync } from 'node:crypto';
import type { Ids } from '../../sdk/services.ts';

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-';

/** Random bytes are drawn 4 KiB at a time: one system call for many identifiers. */
class BytePool {
  readonly #bytes = Buffer.allocUnsafe(4096);
  #next = 4096;

  take(count: number): number {
    if (this.#next + count > this.#bytes.length) {
      randomFillSync(this.#bytes);
      this.#next = 0;
    }
    const start = this.#next;
    this.#next += count;
    return start;
  }

  hex(bytes: number): string {
    const start = this.take(bytes);
    return this.#bytes.toString('hex', start, start + bytes);
  }

  /** 64 symbols, 6 bits a character. */
  word(characters: number): string {
    const start = this.take(characters);
    let word = '';
    for (let index = start; index < start + characters; index += 1)
      word += alphabet[this.#bytes[index]! & 63];
    return word;
  }
}

/** Identifiers from the operating system's randomness. */
export function createIds(): Ids {
  const pool = new BytePool();
  return {
    request: () => `req_${pool.word(24)}`,
    trace: () => pool.hex(16),
    span: () => pool.hex(8),
  };
}
