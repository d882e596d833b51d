/** Longer words are never compared: a name that long was not mistyped, and the work grows with its square. */
const maxChars = 120;

/** Spelling differences that people do not see: case, and which separator was used. */
function normalise(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ .]/g, '');
}

/**
 * Edits between two words: insert, remove, replace a character, or swap two neighbours.
 *
 * @example distance('timout_ms', 'timeout_ms') // 1
 */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(last[column]! + 1, next[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, before[column - 2]! + 1);
      }
      next.push(least);
    }
    before = last;
    last = next;
  }
  return last[b.length]!;
}

/**
 * The candidate that a mistyped word most likely meant; undefined when none is near (more than a third of its
 * characters differ). Ties go to the earlier candidate.
 *
 * @example nearest('timout_ms', ['timeout_ms', 'mode']) // 'timeout_ms'
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > maxChars) return undefined;
  const wanted = normalise(word);
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate === word) return candidate;
    const name = normalise(candidate);
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, name.length) / 3));
    if (candidate.length > maxChars || Math.abs(name.length - wanted.length) > allowed) continue;
    const edits = distance(wanted, name);
    // One letter of a two-letter word is half of it: such a match says nothing.
    if (edits > allowed || (edits > 0 && Math.max(name.length, wanted.length) < 3)) continue;
    if (edits < bestDistance) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

/** ` Did you mean "mini"?`, or '' when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates);
  return found === undefined ? '' : ` Did you mean "${found}"?`;
}
