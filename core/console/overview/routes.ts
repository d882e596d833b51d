import { GatewayError } from '../../../sdk/errors.ts';
import type { Health } from '../../../sdk/health.ts';
import type { GatewayConfig } from '../../config/config.ts';
import { parseDurationMs } from '../../config/units.ts';
import { readQuery } from '../../server/query.ts';
import type { Route } from '../../server/routes.ts';
import { type ConsoleRouteDeps, getJson } from '../json-routes.ts';
import { workersJson } from '../peers/peers.ts';
import type { Numbers } from './numbers.ts';
import { minutesOf, type Overview } from './overview.ts';
import { providersJson } from './providers.ts';

/** What the routes of numbers need of the gateway. */
export interface OverviewRouteDeps extends ConsoleRouteDeps {
  readonly overview: Overview;
  readonly numbers: Numbers;
  readonly config: () => Pick<GatewayConfig, 'providers' | 'models'>;
  readonly health: Pick<Health, 'of'>;
}

const dayMs = 86_400_000;
/** Over which calls of providers are counted. */
const providerMinutes = 60;

export function overviewRoutes(deps: OverviewRouteDeps): Route[] {
  const { overview, numbers, config, health, clock } = deps;
  return [
    getJson(deps, '/overview', (incoming) => {
      const window = readQuery(incoming.url, ['window']).text('window') ?? '1h';
      return overview.read(minutesOf(windowOf(window)));
    }),
    getJson(deps, '/providers', async () => {
      const nowMs = clock.now();
      const known = await numbers.read(nowMs, providerMinutes, providerMinutes);
      const none = (id: string) => health.of(id);
      return {
        ...providersJson(config(), known.health, none, known.buckets, nowMs),
        workers: workersJson(known.peers),
      };
    }),
  ];
}

function windowOf(text: string): number {
  let ms = 0;
  try {
    ms = parseDurationMs(text);
  } catch {
    // Told below.
  }
  if (ms >= 60_000 && ms <= dayMs) return ms;
  throw new GatewayError(
    'invalid_request',
    `window: expected a time from 1m to 24h such as 1h; came ${JSON.stringify(text.slice(0, 60))}. What is longer ago is in /cost/report.`,
    { param: 'window' },
  );
}
