import { createPrices } from '../../../core/prices/prices.ts';
import { type TestGateway, testGateway } from '../../../core/testing.ts';
import type { Counters } from '../../../sdk/counters.ts';
import { type AnyPlugin, definePlugin, type Identity, type RequestHooks } from '../../../sdk/index.ts';
import { limiterWith, priceTable } from './harness.ts';

export interface LimitedOptions {
  readonly identity: Identity;
  /** Text of the plugin's file after its first line. */
  readonly file?: string;
  /** Files of the folder besides. */
  readonly policies?: Readonly<Record<string, string>>;
  readonly plugins?: readonly AnyPlugin[];
  /** Wraps the counters, to look at what is done with them. */
  readonly watch?: (counters: Counters) => Counters;
}

export interface LimitedGateway extends TestGateway {
  readonly counters: Counters;
}

/** A plugin of hooks, for a folder. */
export function pluginOf(name: string, hooks: RequestHooks<unknown>): AnyPlugin {
  return definePlugin<Record<string, never>, never, unknown>({
    name,
    summary: 'Made for a test.',
    schema: { type: 'object' },
    needs: [],
    onFailure: 'closed',
    setup: () => hooks,
  });
}

/** A whole gateway with the plugin in its folder: aliases `cheap`, `dear` and `both` at provider `up`. */
export async function limitedGateway(options: LimitedOptions): Promise<LimitedGateway> {
  let counters: Counters | undefined;
  const limiter = limiterWith((services) => {
    counters = services.counters;
    const watched = options.watch?.(counters) ?? counters;
    return { ...services, counters: watched, prices: createPrices(priceTable) };
  });
  const who = pluginOf('who', {
    onRequest: () => ({ type: 'continue', changes: { identity: options.identity } }),
  });
  const gateway = await testGateway({
    config: `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
models:
  cheap: up/cheap
  dear: up/dear
  both: [up/cheap, up/dear]
`,
    plugins: [who, limiter, ...(options.plugins ?? [])],
    policies: {
      '10-who.yaml': 'plugin: who',
      '20-limits.yaml': `plugin: token-limiter\n${options.file ?? ''}`,
      ...options.policies,
    },
  });
  return { ...gateway, counters: counters! };
}
