import { readQuery } from '../../server/query.ts';
import type { Route } from '../../server/routes.ts';
import { adminRoute, type ConsoleRouteDeps, getJson } from '../json-routes.ts';
import type { TrafficFeed } from './feed.ts';
import { filterNames, readFilter } from './filter.ts';
import { summaryJson } from './summary.ts';
import type { TrafficTail } from './tail.ts';

/** What the routes of traffic need of the gateway. */
export interface TrafficRouteDeps extends ConsoleRouteDeps {
  readonly feed: TrafficFeed;
  readonly tail: TrafficTail;
}

const defaultRows = 100;
const maxRows = 1000;

/** The last requests, and those that come. */
export function trafficRoutes(deps: TrafficRouteDeps): Route[] {
  const { access, enabled, feed, tail } = deps;
  return [
    getJson(deps, '/traffic', async (incoming) => {
      const query = readQuery(incoming.url, [...filterNames, 'limit', 'before']);
      const limit = query.whole('limit', 1, maxRows) ?? defaultRows;
      const { rows, next } = await feed.page(readFilter(query), limit, query.text('before') ?? null);
      return { rows: rows.map(summaryJson), next };
    }),
    adminRoute(deps, 'GET', '/traffic/tail', (incoming) => {
      const filter = readFilter(readQuery(incoming.url, filterNames));
      tail.listen(incoming.sink, filter, () => {
        try {
          access.admitConsole(incoming);
          return enabled();
        } catch {
          return false;
        }
      });
    }),
  ];
}
