import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import { readNormalizer } from './text-normalizer.ts';

/** Turns a text into the rows of a model. */
export interface Tokenizer {
  /** Highest id and one. */
  readonly size: number;
  /** At most `limit` ids; unknown words are left out, nothing is put around the text. */
  encode(text: string, limit: number): number[];
}

const splitters: Readonly<Record<string, RegExp>> = {
  // A mark of punctuation is a piece of its own; ASCII signs count as such, as in BERT.
  BertPreTokenizer: /[\p{P}$+<=>^`|~]|[^\s\p{P}$+<=>^`|~]+/gu,
  Whitespace: /[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]+/gu,
  WhitespaceSplit: /\S+/g,
};

/** Reads a tokenizer.json with a WordPiece or WordLevel model. @throws Error that says what was expected */
export function readTokenizer(json: Json): Tokenizer {
  if (!isJsonObject(json) || !isJsonObject(json['model']))
    throw new Error('expected an object with a "model"');
  const model = json['model'];
  const { type, vocab } = model;
  if (type !== 'WordPiece' && type !== 'WordLevel') {
    throw new Error(`model: expected type WordPiece or WordLevel; came ${String(type)}`);
  }
  if (!isJsonObject(vocab)) throw new Error('model: expected a "vocab" of words and ids');
  const ids = new Map<string, number>();
  let size = 0;
  let longest = 1;
  for (const [word, id] of Object.entries(vocab)) {
    if (!Number.isSafeInteger(id) || (id as number) < 0) {
      throw new Error(`model: expected ids that are whole numbers; came ${String(id)}`);
    }
    ids.set(word, id as number);
    size = Math.max(size, (id as number) + 1);
    longest = Math.max(longest, word.length);
  }
  const unknown = ids.get(typeof model['unk_token'] === 'string' ? model['unk_token'] : '[UNK]') ?? -1;
  const normalize = readNormalizer(json['normalizer']);
  const pieces = readSplitter(json['pre_tokenizer']);
  const words: Words = { ids, unknown, longest, ...readContinuation(model) };
  const encodeWord = type === 'WordPiece' ? encodePieces : encodeWhole;
  return {
    size,
    encode(text, limit) {
      const found: number[] = [];
      for (const match of normalize(text).matchAll(pieces)) {
        encodeWord(match[0], words, found);
        if (found.length >= limit) break;
      }
      return found.slice(0, limit);
    },
  };
}

interface Words {
  readonly ids: ReadonlyMap<string, number>;
  readonly unknown: number;
  /** Length of the longest entry: no longer piece is looked up. */
  readonly longest: number;
  /** Stands before a piece that continues a word. */
  readonly prefix: string;
  /** Longer words are unknown. */
  readonly longestWord: number;
}

function readContinuation(model: JsonObject): Pick<Words, 'prefix' | 'longestWord'> {
  const prefix = model['continuing_subword_prefix'];
  const longestWord = model['max_input_chars_per_word'];
  return {
    prefix: typeof prefix === 'string' ? prefix : '##',
    longestWord: typeof longestWord === 'number' && longestWord > 0 ? Math.min(longestWord, 200) : 100,
  };
}

function readSplitter(json: Json | undefined): RegExp {
  const type = isJsonObject(json) ? String(json['type']) : 'none';
  const splitter = Object.hasOwn(splitters, type) ? splitters[type] : undefined;
  if (splitter !== undefined) return splitter;
  throw new Error(`pre_tokenizer: expected ${Object.keys(splitters).join(', ')}; came ${type}`);
}

function encodeWhole(word: string, { ids, unknown }: Words, into: number[]): void {
  const id = ids.get(word);
  if (id !== undefined && id !== unknown) into.push(id);
}

/** The longest entry first, then the longest that continues; a word that is not all covered is unknown. */
function encodePieces(word: string, { ids, prefix, longest, longestWord }: Words, into: number[]): void {
  if (word.length > longestWord) return;
  const found: number[] = [];
  let at = 0;
  while (at < word.length) {
    let end = Math.min(word.length, at + longest);
    let id: number | undefined;
    for (; end > at; end--) {
      id = ids.get(at === 0 ? word.slice(0, end) : prefix + word.slice(at, end));
      if (id !== undefined) break;
    }
    if (id === undefined) return;
    found.push(id);
    at = end;
  }
  into.push(...found);
}
