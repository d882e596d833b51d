import type { WorkerState } from '../../api/types.ts';
import { clockTime } from '../../data/format.ts';

/** Workers that a list leaves out by name; more are counted. */
const named = 4;

/**
 * What is not in what the page shows, in sentences, because of how the gateway's workers stand. None where nothing is missing,
 * or the gateway is one process.
 *
 * @param sinceMs from when on the page shows things: who was replaced before took nothing along that it would show.
 */
export function missingWords(workers: readonly WorkerState[] | null | undefined, sinceMs: number): string[] {
  if (workers === null || workers === undefined) return [];
  if (workers.length === 0) return ['Only one worker is shown: the others cannot be asked now.'];
  const words: string[] = [];
  const silent = workers.filter(({ state }) => state === 'silent');
  if (silent.length > 0) words.push(`${namesOf(silent)} did not answer in time and is not shown.`);
  const starting = workers.filter(({ state }) => state === 'starting');
  if (starting.length > 0) {
    words.push(`${namesOf(starting)} is being started; what was seen in its place is gone.`);
  }
  const replaced = workers.filter(
    ({ state, since, replaced }) =>
      state !== 'starting' && replaced && since !== null && Date.parse(since) > sinceMs,
  );
  if (replaced.length > 0) {
    const newest = replaced
      .map(({ since }) => since!)
      .sort()
      .at(-1)!;
    words.push(
      `${namesOf(replaced)} was replaced, last at ${clockTime(newest)}; what was seen in its place before is gone.`,
    );
  }
  return words;
}

/** Workers that serve another version of the policies than the page shows. */
export function versionWords(
  workers: readonly (WorkerState & { readonly version: string | null })[] | null | undefined,
  version: string,
): string[] {
  const others = (workers ?? []).filter((worker) => worker.version !== null && worker.version !== version);
  return others.map(
    (worker) =>
      `Worker ${worker.worker} serves version ${worker.version!.slice(0, 12)} and not this one. Its log says why.`,
  );
}

function namesOf(workers: readonly WorkerState[]): string {
  const numbers = workers.map(({ worker }) => worker);
  if (numbers.length > named) return `Each of ${numbers.length} workers`;
  return numbers.length === 1 ? `Worker ${numbers[0]}` : `Each of the workers ${numbers.join(', ')}`;
}
