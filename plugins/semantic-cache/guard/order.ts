import type { ContentWord, Facts } from './facts.ts';

/**
 * Whether the words of two subjects, the same ones, stand in an order that means the same: equal, or one part moved as
 * a whole ("In Excel, how do I…"). Names, codes and values must keep their order among themselves.
 * @param toAsked the asked stem of each stored one that was paired by synonym or typo
 */
export function sameOrder(asked: Facts, stored: Facts, toAsked: ReadonlyMap<string, string>): boolean {
  if (toAsked.size === 0 && sameStems(asked.content, stored.content)) return true;
  const one = sequence(asked.content, new Map());
  const other = sequence(stored.content, toAsked);
  const common = new Set(other.map(({ stem }) => stem));
  const left = one.filter(({ stem }) => common.has(stem));
  const known = new Set(left.map(({ stem }) => stem));
  const right = other.filter(({ stem }) => known.has(stem));
  if (moved(left, right, 'name') || moved(left, right, 'value')) return false;
  // Two words that changed places are subject and object, but for "which ocean is the largest".
  if (left.length === 2 && left[0]!.stem !== right[0]!.stem)
    return asked.frame.includes('which') || stored.frame.includes('which');
  return isMove(
    left.map(({ stem }) => stem),
    right.map(({ stem }) => stem),
  );
}

function sameStems(one: readonly ContentWord[], other: readonly ContentWord[]): boolean {
  return one.length === other.length && one.every(({ stem }, index) => stem === other[index]!.stem);
}

interface Placed {
  readonly stem: string;
  readonly kind: 'word' | 'name' | 'value';
}

function sequence(words: readonly ContentWord[], renamed: ReadonlyMap<string, string>): Placed[] {
  const seen = new Set<string>();
  const out: Placed[] = [];
  for (const { stem, kind } of words) {
    const name = renamed.get(stem) ?? stem;
    if (seen.has(name)) continue;
    seen.add(name);
    out.push({ stem: name, kind: kind === 'code' ? 'name' : kind });
  }
  return out;
}

/** Whether words of a kind changed places; those count that both texts write so. */
function moved(left: readonly Placed[], right: readonly Placed[], kind: 'name' | 'value'): boolean {
  const here = new Set(left.filter((word) => word.kind === kind).map(({ stem }) => stem));
  const shared = right.filter((word) => word.kind === kind && here.has(word.stem)).map(({ stem }) => stem);
  const both = new Set(shared);
  const order = left.filter(({ stem }) => both.has(stem)).map(({ stem }) => stem);
  return order.some((stem, index) => stem !== shared[index]);
}

/** Whether one list becomes the other when one run of it is moved. */
function isMove(one: readonly string[], other: readonly string[]): boolean {
  let start = 0;
  let end = one.length;
  while (start < end && one[start] === other[start]) start++;
  while (end > start && one[end - 1] === other[end - 1]) end--;
  if (start === end) return true;
  // Between the equal ends a moved run leaves a rotation.
  const turn = other.indexOf(one[start]!, start) - start;
  const length = end - start;
  for (let at = 0; at < length; at++) {
    if (one[start + at] !== other[start + ((at + turn) % length)]) return false;
  }
  return true;
}
