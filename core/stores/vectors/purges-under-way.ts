import { matches, type PurgeFilter } from '../purge-log.ts';
import type { HotEntry } from './hot-namespace.ts';

/** What is being removed over several turns: entries up to a number that match a filter. */
export interface PurgeUnderWay {
  readonly sequence: number;
  readonly filter: PurgeFilter;
}

/** Purges that have not reached all of their entries. What they have not reached is hidden. */
export class PurgesUnderWay {
  #purges: readonly PurgeUnderWay[] = [];

  begin(purge: PurgeUnderWay): void {
    this.#purges = [...this.#purges, purge];
  }

  end(purge: PurgeUnderWay): void {
    this.#purges = this.#purges.filter((other) => other !== purge);
  }

  hides(name: string, entry: HotEntry): boolean {
    for (const { sequence, filter } of this.#purges) {
      if (entry.sequence <= sequence && matches(filter, { ...entry, namespace: name })) return true;
    }
    return false;
  }
}
