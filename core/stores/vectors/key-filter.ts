/** Of keys that are not there one in a thousand is taken for one that is. */
const bitsPerKey = 16;
const probes = 6;

/** A Bloom filter of row keys: tells of most keys that are not there that they are not, in two bytes for each. */
export class KeyFilter {
  readonly #bits: Uint32Array;

  constructor(keys: readonly string[]) {
    this.#bits = new Uint32Array(Math.max(1, Math.ceil((keys.length * bitsPerKey) / 32)));
    for (const key of keys) {
      this.#walk(key, (word, bit) => {
        this.#bits[word] = this.#bits[word]! | bit;
        return true;
      });
    }
  }

  /** False where the key is certainly none of them. */
  has(key: string): boolean {
    return this.#walk(key, (word, bit) => (this.#bits[word]! & bit) !== 0);
  }

  #walk(key: string, step: (word: number, bit: number) => boolean): boolean {
    let [a, b] = [0x811c9dc5, 0x9747b28c];
    for (let at = 0; at < key.length; at += 1) {
      const code = key.charCodeAt(at);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x5bd1e995);
      b ^= b >>> 15;
    }
    const [first, stride] = [mixed(a) >>> 0, (mixed(b) | 1) >>> 0];
    const size = this.#bits.length * 32;
    for (let probe = 0; probe < probes; probe += 1) {
      const place = (first + probe * stride) % size;
      if (!step(place >>> 5, 1 << (place & 31))) return false;
    }
    return true;
  }
}

/** Spreads each bit over all of them (MurmurHash3's finish). */
function mixed(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
