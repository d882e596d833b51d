import { readQuery } from '../../server/query.ts';
import type { Route } from '../../server/routes.ts';
import { adminRoute, type ConsoleRouteDeps, getJson } from '../json-routes.ts';
import { workersJson } from '../peers/peers.ts';
import type { AllTraffic } from './all-traffic.ts';
import { filterNames, readFilter } from './filter.ts';
import { placeText, readPlace } from './place.ts';
import { summaryJson } from './summary.ts';
import type { TrafficTail } from './tail.ts';

/** What the routes of traffic need of the gateway. */
export interface TrafficRouteDeps extends ConsoleRouteDeps {
  readonly traffic: AllTraffic;
  readonly tail: TrafficTail;
}

const defaultRows = 100;
const maxRows = 1000;

/** The last requests, and those that come. */
export function trafficRoutes(deps: TrafficRouteDeps): Route[] {
  const { access, enabled, traffic, tail } = deps;
  return [
    getJson(deps, '/traffic', async (incoming) => {
      const query = readQuery(incoming.url, [...filterNames, 'limit', 'before']);
      const limit = query.whole('limit', 1, maxRows) ?? defaultRows;
      const before = query.text('before');
      const { rows, next, peers } = await traffic.page(
        readFilter(query),
        limit,
        before === undefined ? null : readPlace(before),
      );
      return {
        rows: rows.map(({ summary }) => summaryJson(summary)),
        next: next === null ? null : placeText(next),
        workers: workersJson(peers),
      };
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
