/** What kind of thing stands at a place of a prompt. */
export type Kind = 'timestamp' | 'uuid' | 'id' | 'number' | 'text';

const maxPieceChars = 64;
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const dates = [
  /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}/,
  /^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$/,
  /^T?\d{1,2}:\d{2}(?::\d{2})?/,
  // Seconds and milliseconds since the epoch, 2001 to 2286.
  /^[1-9]\d{9}$|^[1-9]\d{12}$/,
];
const months = /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?$/i;
const days = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?$/i;
const number = /^[+-]?[\d.,]+%?$/;
const ending = /[.!?:]+$/;

/** Says what kind of thing begins at a place, by a few characters around it. */
export function classify(text: string, at: number): Kind {
  const piece = pieceAt(text, at);
  if (uuid.test(piece)) return 'uuid';
  if (dates.some((date) => date.test(piece)) || months.test(piece) || days.test(piece)) return 'timestamp';
  if (number.test(piece)) return isBesideMonth(text, at, piece) ? 'timestamp' : 'number';
  return isRandom(piece) ? 'id' : 'text';
}

function pieceAt(text: string, at: number): string {
  const piece = /^[^\s"',;(){}[\]<>=|`]*/.exec(text.slice(at, at + maxPieceChars))![0];
  return piece.replace(ending, '');
}

/** `21` of `21 November` and of `November 21`. */
function isBesideMonth(text: string, at: number, piece: string): boolean {
  const before = text.slice(Math.max(0, at - 16), at).split(/[\s,]+/);
  const after = text.slice(at + piece.length, at + piece.length + 20).split(/[\s,]+/);
  return [before.at(-2), before.at(-1), after[0], after[1]].some(
    (word) => word !== undefined && months.test(word),
  );
}

/** Long, with digits and letters in turn: nobody writes such words. */
function isRandom(piece: string): boolean {
  if (piece.length < 12 || !/^[\w.:-]+$/.test(piece)) return false;
  return (piece.match(/\d+/g) ?? []).length >= 3;
}
