import type { GatewayConfig } from '../../../core/config/config.ts';
import { createModels } from '../../../core/config/models.ts';
import { createHealth } from '../../../core/health/health.ts';
import { createPrices } from '../../../core/prices/prices.ts';
import { shippedPrices } from '../../../core/prices/shipped.ts';
import type { Setup } from '../../../core/runtime/setup.ts';
import { IssuedItems } from '../../../core/services/issued-items.ts';
import { silentLog } from '../../../core/services/silent-log.ts';
import { estimatedTokens } from '../../../core/services/tokens.ts';
import { mockProvider } from '../../../plugins/providers/mock/provider.ts';
import type { Provider } from '../../../sdk/provider.ts';
import { vendorOf } from '../../../sdk/provider-kit/vendor.ts';
import type { Clock, Services } from '../../../sdk/services.ts';
import { countingIds, fixedRandom } from '../../../sdk/testing/fakes.ts';
import type { EngineConfig } from './messages.ts';

/** Nothing in the page waits for time of its own: cases bring a clock that stands still. */
const stillClock: Clock = { now: () => 0, monotonic: () => 0, after: () => () => undefined };

/**
 * What requests run in, made of the little that a page knows: aliases and providers. Every provider is answered by the
 * script of the request, so all of them are of one kind.
 */
export function stageSetup(config: EngineConfig): Pick<Setup, 'config' | 'services' | 'attempts'> {
  const kinds = new Map(
    [...new Set(config.providers.map(({ kind }) => kind))].map((kind) => [
      kind,
      { ...mockProvider, kind, vendor: kind === 'mock' ? mockProvider.vendor : vendorOf },
    ]),
  );
  const services = {
    clock: stillClock,
    log: silentLog,
    random: fixedRandom(0),
    ids: countingIds(),
    tokens: estimatedTokens,
    health: createHealth({ clock: stillClock }),
    models: createModels(
      { providers: config.providers.map((one) => ({ ...one, options: {} })), models: config.models },
      kinds,
    ),
    prices: createPrices(shippedPrices),
  } as unknown as Services;
  const providers = new Map<string, Provider>(
    config.providers.map(({ name }) => [name, mockProvider.create({}, services, name)]),
  );
  return {
    config: gatewayConfig(config),
    services,
    attempts: {
      provider: (name) => providers.get(name),
      http: { send: () => ({ abort() {}, pause() {}, resume() {} }) },
      issued: new IssuedItems(stillClock),
    },
  };
}

/** The parts of a configuration that a request reads, as they are where nothing is said. */
function gatewayConfig({ version }: EngineConfig): GatewayConfig {
  const server: Partial<GatewayConfig['server']> = {
    bodyLimitBytes: 32 * 1024 * 1024,
    requestTimeoutMs: 600_000,
  };
  const capture: Partial<GatewayConfig['telemetry']['capture']> = { mode: 'none' };
  return { version, server, telemetry: { sample: 1, capture } } as unknown as GatewayConfig;
}
