import type { Embedder } from '../../sdk/embedder.ts';
import { stopWords } from './stop-words.ts';
import { cutText, toUnit } from './vector.ts';

/** Counted up with every change that gives another vector for a text. */
const VERSION = 1;
const DIMENSIONS = 512;
/** With the strict guard behind it: on the labelled pairs a higher one loses hits and saves no wrong answer. */
const FLOOR = 0.6;
/** UTF-16 units of a text that are read, about 1 ms; the guard compares what lies behind. */
const READ_UNITS = 2048;

const WORD = 1;
const STOP_WORD = 0.25;
const BIGRAM = 0.5;
const GRAMS = 0.5;
const words = /[\p{L}\p{N}\p{M}]+/gu;

/**
 * The built-in embedder: no model, no network, any language. Lower-cased NFKC text; words, pairs of words and runs of
 * three and four letters are hashed (FNV-1a) to 512 signed places and counted as 1 + ln(count).
 */
export function createLexicalEmbedder(): Embedder {
  return {
    identity: `lexical:fnv1a-ngrams:${DIMENSIONS}:v${VERSION}`,
    dimensions: DIMENSIONS,
    floor: FLOOR,
    async embed(texts, options) {
      const vectors: Float32Array[] = [];
      for (const text of texts) {
        options?.signal?.throwIfAborted();
        vectors.push(embedLexically(text));
      }
      return vectors;
    },
  };
}

/** One vector of length 1. Linear in the length of the text, which is cut at 2,048 UTF-16 units. */
export function embedLexically(text: string): Float32Array {
  const normal = cutText(cutText(text, READ_UNITS).normalize('NFKC').toLowerCase(), READ_UNITS);
  const counts = new Map<number, number>();
  const weights = new Map<number, number>();
  const add = (feature: number, weight: number) => {
    counts.set(feature, (counts.get(feature) ?? 0) + 1);
    if (!weights.has(feature)) weights.set(feature, weight);
  };
  let before = '';
  let weightBefore = 0;
  const found = normal.match(words) ?? signs(normal);
  for (const word of found) {
    const weight = stopWords.has(word) ? STOP_WORD : WORD;
    add(hash(`w ${word}`), weight);
    if (before !== '') add(hash(`b ${before} ${word}`), BIGRAM * weight * weightBefore);
    before = word;
    weightBefore = weight;
    addGrams(word, weight, add);
  }
  const vector = new Float32Array(DIMENSIONS);
  for (const [feature, count] of counts) {
    const place = feature % DIMENSIONS;
    const value = weights.get(feature)! * (1 + Math.log(count));
    vector[place] = vector[place]! + (feature & 0x80000000 ? -value : value);
  }
  return toUnit(vector);
}

/** Runs of three and four characters, with the edges of the word as characters. Each word weighs the same. */
function addGrams(word: string, wordWeight: number, add: (feature: number, weight: number) => void): void {
  const characters = [...`\u0002${word}\u0003`];
  const number = Math.max(0, characters.length - 2) + Math.max(0, characters.length - 3);
  if (number === 0) return;
  const weight = (GRAMS * wordWeight) / Math.sqrt(number);
  for (const size of [3, 4]) {
    for (let at = 0; at + size <= characters.length; at++) {
      add(hash(`g ${characters.slice(at, at + size).join('')}`), weight);
    }
  }
}

/** A text without letters and digits: its signs are its words. */
function signs(text: string): string[] {
  return text.split(/\s+/).filter((piece) => piece !== '');
}

/** FNV-1a, 32 bits, over UTF-16 units. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  }
  // The low bits of FNV mix worst: fold the high ones in.
  return (state ^ (state >>> 15)) >>> 0;
}
