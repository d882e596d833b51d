import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Pair, parsePairs } from '../../../../plugins/semantic-cache/eval/pairs.ts';

/** The labelled pairs beside the checkout, which are not part of it. */
export const sharedPairs = join(import.meta.dirname, '../../../../../shared/data/cache-pairs');
/** The project's own held-out pairs. */
export const ownPairs = join(import.meta.dirname, '../../../fixtures/cache-pairs');
/** Skip and its word, where the shared pairs are not here. */
export const noShared = existsSync(sharedPairs) ? false : 'the labelled pairs are not here';

export function loadPairs(folder: string, ...names: readonly string[]): Pair[] {
  return names.flatMap((name) => parsePairs(readFileSync(join(folder, name), 'utf8')));
}

/** Whether a pair is in the half that nobody read while the guard was written: by a hash of its texts. */
export function isUnseen({ a, b }: Pair): boolean {
  return createHash('sha256').update(`${a}\n${b}`).digest()[0]! % 2 === 1;
}
