import { dayMs } from '../../sdk/budget/time-span.ts';
import type { KeyStore } from '../../sdk/keys.ts';
import type { Clock } from '../../sdk/services.ts';
import type { KeyDirectory } from './directory.ts';

/** For a week after its grace whoever sends a replaced key is told that it was replaced; then it is not known. */
const keptMs = 7 * dayMs;
/** More than one regeneration makes, so however often keys are regenerated, the store does not grow. */
const maxCleared = 10;
const maxLookedAt = 1000;

/** Deletes some of the keys that were replaced long ago. A store that fails is left alone: there is a next time. */
export async function clearReplaced(deps: {
  readonly store: KeyStore;
  readonly directory: KeyDirectory;
  readonly clock: Clock;
}): Promise<void> {
  const { store, directory, clock } = deps;
  const beforeMs = clock.now() - keptMs;
  const overdue: string[] = [];
  let looked = 0;
  for (const hash of directory.replaced()) {
    const untilMs = directory.get(hash)?.replacedBy?.untilMs;
    if (untilMs !== undefined && untilMs < beforeMs) overdue.push(hash);
    looked += 1;
    if (overdue.length === maxCleared || looked === maxLookedAt) break;
  }
  try {
    for (const hash of overdue) await store.delete(hash);
  } catch {
    return;
  }
}
