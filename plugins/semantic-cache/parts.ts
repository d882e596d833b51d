import type { CacheStore, Clock, Log, Models } from '../../sdk/index.ts';
import type { Flights } from './flights.ts';
import type { RecentAnswers } from './recent.ts';
import type { Semantic } from './semantic.ts';
import type { Shadow } from './shadow.ts';
import type { Tally } from './tally.ts';

/** What the cache works with. */
export interface CacheParts {
  readonly file: string;
  readonly store: CacheStore;
  readonly semantic: Semantic;
  readonly shadow: Shadow;
  readonly flights: Flights;
  readonly recent: RecentAnswers;
  readonly counts: Tally;
  readonly clock: Clock;
  readonly log: Log;
  readonly models: Models;
}
