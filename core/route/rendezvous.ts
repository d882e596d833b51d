import type { Target } from '../../sdk/target.ts';
import { fractionOf, type Hash, hashText } from './hash.ts';

/**
 * How much a key is drawn to a target, by weighted rendezvous hashing: the target with the highest draw is the key's
 * own. Over many keys each target is chosen in proportion to its weight, and a target that is added or taken away
 * moves only the keys that it gains or loses. (Schindelhauer and Schomaker, Weighted Distributed Hash Tables, 2005.)
 */
export function drawOf(key: Hash, target: Target): number {
  return -target.weight / Math.log(fractionOf(key, hashText(target.id)));
}
