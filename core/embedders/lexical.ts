import type { Embedder } from '../../sdk/embedder.ts';
import { FeatureCounts } from './feature-counts.ts';
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
    embedNow: embedLexically,
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
  features.begin(normal.length * 3);
  let before = '';
  let weightBefore = 0;
  const found = normal.match(words) ?? signs(normal);
  for (const word of found) {
    const weight = stopWords.has(word) ? STOP_WORD : WORD;
    features.add(mixed(hashOn(wordSeed, word)), weight);
    if (before !== '') {
      const pair = hashOn(hashOn(hashOn(pairSeed, before), ' '), word);
      features.add(mixed(pair), BIGRAM * weight * weightBefore);
    }
    before = word;
    weightBefore = weight;
    addGrams(word, weight);
  }
  const vector = new Float32Array(DIMENSIONS);
  features.addTo(vector);
  return toUnit(vector);
}

/** Runs of three and four characters, with the edges of the word as characters. Each word weighs the same. */
function addGrams(word: string, wordWeight: number): void {
  const framed = `\u0002${word}\u0003`;
  // Where each character begins: one beyond the basic plane has two units.
  let characters = 0;
  for (let unit = 0; unit < framed.length; characters += 1) {
    starts[characters] = unit;
    unit += framed.codePointAt(unit)! > 0xffff ? 2 : 1;
  }
  starts[characters] = framed.length;
  const number = Math.max(0, characters - 2) + Math.max(0, characters - 3);
  if (number === 0) return;
  const weight = (GRAMS * wordWeight) / Math.sqrt(number);
  for (const size of [3, 4]) {
    for (let at = 0; at + size <= characters; at += 1) {
      let state = gramSeed;
      const end = starts[at + size]!;
      for (let unit = starts[at]!; unit < end; unit += 1) state = hashUnit(state, framed.charCodeAt(unit));
      features.add(mixed(state), weight);
    }
  }
}

/** A text without letters and digits: its signs are its words. */
function signs(text: string): string[] {
  return text.split(/\s+/).filter((piece) => piece !== '');
}

/** FNV-1a, 32 bits, over UTF-16 units; goes on from a state. */
function hashOn(state: number, text: string): number {
  let next = state;
  for (let at = 0; at < text.length; at += 1) next = hashUnit(next, text.charCodeAt(at));
  return next;
}

function hashUnit(state: number, unit: number): number {
  return Math.imul(state ^ unit, 0x01000193);
}

/** The low bits of FNV mix worst: fold the high ones in. */
function mixed(state: number): number {
  return (state ^ (state >>> 15)) >>> 0;
}

const start = 0x811c9dc5;
const wordSeed = hashOn(start, 'w ');
const pairSeed = hashOn(start, 'b ');
const gramSeed = hashOn(start, 'g ');

// Each is done with before anything else runs.
const features = new FeatureCounts();
const starts = new Uint16Array(READ_UNITS + 3);
