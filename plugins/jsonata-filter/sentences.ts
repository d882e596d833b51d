/** A piece of a text: a sentence without the white space around it, or the white space between two. */
export interface Piece {
  readonly text: string;
  readonly isSentence: boolean;
}

const space = /^\s$/;
const isSpace = (char: string) => space.test(char);
/** Ends of sentences that want white space after them: 3.14 and example.com have none. */
const ends = new Set(['.', '!', '?', '…']);
/** Those of scripts that write no space. */
const wideEnds = new Set(['。', '！', '？', '｡']);
/** What may stand between the end of a sentence and the space after it. */
const closers = new Set(['"', "'", ')', ']', '}', '»', '”', '’', '」', '』', '）', '*', '_']);

/**
 * Cuts a text into sentences while it comes. A sentence ends at a line break, after `.`, `!`, `?` or `…` with white space
 * behind it, after their full-width forms, and where it is too long. It depends on nothing but the text: however that is
 * cut, the pieces are the same.
 */
export class Sentences {
  readonly #maxChars: number;
  #sentence = '';
  /** The sentence has come to an end, if the next character agrees. */
  #ended: 'no' | 'narrow' | 'wide' = 'no';

  /** @param maxChars a sentence that grows longer is cut at its last white space. */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  push(text: string): Piece[] {
    const pieces: Piece[] = [];
    for (let index = 0; index < text.length; index += 1) this.#add(text[index]!, pieces);
    return joined(pieces);
  }

  /** The text is complete: what is left of it. */
  end(): Piece[] {
    const pieces: Piece[] = [];
    this.#finish(pieces);
    return pieces;
  }

  #add(char: string, pieces: Piece[]): void {
    const blank = isSpace(char);
    if (this.#ended !== 'no' && !closers.has(char) && !ends.has(char) && !wideEnds.has(char)) {
      if (blank || this.#ended === 'wide') this.#finish(pieces);
      this.#ended = 'no';
    }
    if (char === '\n' || char === '\r') this.#finish(pieces);
    if (blank && this.#sentence === '') {
      pieces.push({ text: char, isSentence: false });
      return;
    }
    this.#sentence += char;
    if (wideEnds.has(char)) this.#ended = 'wide';
    else if (ends.has(char) && this.#ended === 'no') this.#ended = 'narrow';
    if (this.#sentence.length > this.#maxChars) this.#cut(pieces);
  }

  #finish(pieces: Piece[]): void {
    const sentence = this.#sentence;
    this.#sentence = '';
    this.#ended = 'no';
    const trimmed = sentence.trimEnd();
    if (trimmed !== '') pieces.push({ text: trimmed, isSentence: true });
    if (trimmed.length < sentence.length)
      pieces.push({ text: sentence.slice(trimmed.length), isSentence: false });
  }

  #cut(pieces: Piece[]): void {
    const sentence = this.#sentence;
    let at = sentence.length - 1;
    while (at > 0 && !isSpace(sentence[at]!)) at -= 1;
    // No white space at all: cut where it is full, and never inside a character of two units.
    if (at === 0)
      at = isHighSurrogate(sentence.charCodeAt(this.#maxChars - 1)) ? this.#maxChars - 1 : this.#maxChars;
    const rest = sentence.slice(at);
    const ended = this.#ended;
    this.#sentence = sentence.slice(0, at);
    this.#finish(pieces);
    const begin = rest.length - rest.trimStart().length;
    if (begin > 0) pieces.push({ text: rest.slice(0, begin), isSentence: false });
    this.#sentence = rest.slice(begin);
    this.#ended = this.#sentence === '' ? 'no' : ended;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** White space comes a character at a time. */
function joined(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    if (last !== undefined && !last.isSentence && !piece.isSentence) {
      out[out.length - 1] = { text: last.text + piece.text, isSentence: false };
    } else out.push(piece);
  }
  return out;
}
