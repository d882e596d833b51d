import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Where the processes of the benchmark run. */
export interface Pinning {
  /** Core of the target under test; null where nothing is pinned. */
  readonly target: number | null;
  /** Core of the upstream. */
  readonly upstream: number | null;
  /** Core of the load generator; the upstream's where there are only two. */
  readonly load: number | null;
  /** For the printout. */
  readonly words: string;
}

/** Chooses cores: the target has one to itself. Needs `taskset` and two cores. */
export function choosePinning(): Pinning {
  const cores = availableParallelism();
  const none = { target: null, upstream: null, load: null };
  if (spawnSync('taskset', ['-c', '0', 'true']).status !== 0) {
    return { ...none, words: 'not pinned: there is no working taskset, so expect more spread' };
  }
  if (cores < 2) return { ...none, words: 'not pinned: there is one core only, ratios are compressed' };
  if (cores === 2) {
    const words = 'target on core 0; load generator and upstream share core 1';
    return { target: 0, upstream: 1, load: 1, words };
  }
  return { target: 0, upstream: 1, load: 2, words: 'target on core 0, upstream on 1, load generator on 2' };
}
