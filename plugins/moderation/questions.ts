/** Texts for one question. */
export type Question = readonly string[];

/**
 * Puts texts into questions of at most `maxChars`. A text that is longer is cut into pieces that overlap, so that what
 * stands at a cut is in one of them as a whole.
 */
export function questionsOf(texts: readonly string[], maxChars: number): Question[] {
  const questions: string[][] = [];
  let room = 0;
  for (const text of texts) {
    for (const piece of piecesOf(text, maxChars)) {
      if (questions.length === 0 || piece.length > room) {
        questions.push([]);
        room = maxChars;
      }
      questions.at(-1)!.push(piece);
      room -= piece.length;
    }
  }
  return questions;
}

function piecesOf(text: string, maxChars: number): string[] {
  if (text.length <= maxChars) return [text];
  const overlap = Math.min(200, maxChars >> 2);
  const pieces: string[] = [];
  for (let from = 0; from < text.length - overlap; from += maxChars - overlap) {
    pieces.push(text.slice(from, from + maxChars));
  }
  return pieces;
}
