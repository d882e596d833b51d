import type { Alignment, Vocabulary } from './align.ts';
import type { Facts } from './facts.ts';
import { antonyms, oppositePrefixes } from './tables/antonyms.ts';
import { oppositeParticles } from './tables/phrasal.ts';
import { areRivals } from './tables/rivals.ts';

/** Shortest rest that a prefix is taken off. */
const shortestRest = 3;
const mostRivals = 64;

/** Words that only one side has: subject and frame, base form and as written. */
function onlyHere(here: Facts, there: Vocabulary): string[] {
  const only = new Set<string>();
  for (const word of here.frame) if (!there.has(word)) only.add(word);
  for (const { stem, text } of here.content)
    if (!there.has(stem) && !there.has(text)) only.add(stem).add(text);
  return [...only];
}

/** The first two words that turn one prompt into the opposite of the other, or exclude each other. */
export function findOpposites(
  asked: Facts,
  stored: Facts,
  { askedWords, storedWords }: Pick<Alignment, 'askedWords' | 'storedWords'>,
): string | null {
  const left = onlyHere(asked, storedWords);
  if (left.length === 0) return null;
  const right = onlyHere(stored, askedWords);
  if (right.length === 0) return null;
  const there = new Set(right);
  for (const word of left) {
    for (const opposite of antonyms.get(word) ?? []) if (there.has(opposite)) return `${word} / ${opposite}`;
  }
  return byPrefix(left, there) ?? byParticle(left, right) ?? byRival(left, right);
}

function byPrefix(left: readonly string[], there: ReadonlySet<string>): string | null {
  for (const word of left) {
    for (const [one, other] of oppositePrefixes) {
      const found = swapped(word, one, other, there) ?? swapped(word, other, one, there);
      if (found !== null) return `${word} / ${found}`;
    }
  }
  return null;
}

function swapped(word: string, from: string, to: string, there: ReadonlySet<string>): string | null {
  if (!word.startsWith(from) || word.length < from.length + shortestRest) return null;
  const opposite = to + word.slice(from.length);
  return there.has(opposite) ? opposite : null;
}

/** "log_in" and "sign_out" */
function byParticle(left: readonly string[], right: readonly string[]): string | null {
  const rights = right.filter(isPhrasal);
  for (const word of left) {
    if (!isPhrasal(word)) continue;
    for (const other of rights) {
      if (oppositeParticles.has(`${particle(word)} ${particle(other)}`)) return `${word} / ${other}`;
    }
  }
  return null;
}

function isPhrasal(word: string): boolean {
  return word.includes('_');
}

function particle(word: string): string {
  return word.slice(word.lastIndexOf('_') + 1);
}

function byRival(left: readonly string[], right: readonly string[]): string | null {
  if (left.length > mostRivals || right.length > mostRivals) return null;
  for (const word of left) for (const other of right) if (areRivals(word, other)) return `${word} / ${other}`;
  return null;
}
