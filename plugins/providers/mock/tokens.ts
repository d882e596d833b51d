/** The mock's own measure: four characters are a token, and a picture is 85 of them. */
const charsPerToken = 4;
export const tokensPerImage = 85;

const filler =
  'the quick brown fox jumps over the lazy dog while seven wizards mix five dozen jugs of liquid oxygen under quiet stars ';

/** Tokens of a text of so many characters. */
export function tokensOf(chars: number): number {
  return Math.ceil(chars / charsPerToken);
}

/** As much of a text as so many tokens hold, never half a character. */
export function takeTokens(text: string, tokens: number): string {
  let end = Math.max(0, tokens) * charsPerToken;
  if (end >= text.length) return text;
  const unit = text.charCodeAt(end - 1);
  if (unit >= 0xd800 && unit <= 0xdbff) end -= 1;
  return text.slice(0, end);
}

/** A text of exactly so many tokens. */
export function fillerText(tokens: number): string {
  const chars = tokens * charsPerToken;
  const text = filler.repeat(Math.ceil(chars / filler.length)).slice(0, chars);
  // A space at the end would be cut off by clients that trim.
  return text.endsWith(' ') ? `${text.slice(0, -1)}.` : text;
}

/** Characters of one piece of a stream at most: languages without spaces have words without end. */
const maxPieceChars = 16;

/** Cuts a text into pieces of about a word each, the space before a word included, never within a character. */
export function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let index = 1; index <= text.length; index += 1) {
    const atEnd = index === text.length;
    const atWord = !atEnd && isSpace(text, index) && !isSpace(text, index - 1);
    const full = index - start >= maxPieceChars && !isHighSurrogate(text, index - 1);
    if (!atEnd && !atWord && !full) continue;
    pieces.push(text.slice(start, index));
    start = index;
  }
  return pieces;
}

function isSpace(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit === 32 || (unit >= 9 && unit <= 13);
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xd800 && unit <= 0xdbff;
}
