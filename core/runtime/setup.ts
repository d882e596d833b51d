import type { ModelPrice } from '../../sdk/prices.ts';
import type { AnyProviderKind, Provider } from '../../sdk/provider.ts';
import type { Cancel, Services } from '../../sdk/services.ts';
import type { Transport } from '../../sdk/transport.ts';
import type { GatewayConfig } from '../config/config.ts';
import { createModels } from '../config/models.ts';
import { LazyEmbedder } from '../embedders/source.ts';
import type { AttemptsDeps } from '../pipeline/ask.ts';
import type { InFlight } from '../pipeline/in-flight.ts';
import { parseProviderPrice } from '../prices/parse-price.ts';
import { createPrices } from '../prices/prices.ts';
import { shippedPrices } from '../prices/shipped.ts';
import { embeddingsCall } from '../questions/embeddings-call.ts';
import type { Questions } from '../questions/questions.ts';
import { MasterKey } from '../server/auth.ts';
import type { IssuedItems } from '../services/issued-items.ts';
import type { KeyService } from './key-service.ts';
import type { Stores } from './stores.ts';

/** The services that do not depend on the configuration. */
export type BaseServices = Omit<Services, 'models' | 'prices' | 'http' | 'embedder' | keyof Stores>;

/** What all configurations of a process share. */
export interface Foundations {
  readonly base: BaseServices;
  readonly http: Transport;
  readonly issued: IssuedItems;
  readonly stores: Omit<Stores, 'close' | 'connected' | 'renew'>;
  readonly keys: KeyService;
  /** Requests under way. */
  readonly active: InFlight;
  /** Asks providers for embeddings; absent where nothing serves. */
  readonly questions?: Pick<Questions, 'embed'>;
}

/** A configuration made ready to serve: its providers, its models, its key. Replaced as a whole on reload. */
export interface Setup {
  readonly config: GatewayConfig;
  readonly services: Services;
  readonly auth: MasterKey;
  readonly attempts: AttemptsDeps;
  /**
   * Takes over a configuration that differs in its secrets only: calls from now on are made with them, those under way end
   * with what they began with. Where a provider cannot be made nothing changes.
   */
  renew(config: GatewayConfig): Promise<void>;
  close(): Promise<void>;
}

/** What is made of a configuration's secrets. */
interface Live {
  readonly config: GatewayConfig;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly auth: MasterKey;
}

/** Creates every configured provider. Closes those made so far when one fails. */
export async function createSetup(
  config: GatewayConfig,
  kinds: ReadonlyMap<string, AnyProviderKind>,
  { base, http, issued, stores, questions }: Foundations,
): Promise<Setup> {
  const embedder = new LazyEmbedder({
    config: config.embedder,
    call: embeddingsCall(config.embedder, questions),
    clock: base.clock,
    log: base.log,
  });
  /** Providers that were replaced and may still have calls under way, with what cancels their close. */
  const replaced = new Map<Live, Cancel>();
  let live: Live;
  try {
    live = await goLive(config, kinds, base);
  } catch (error) {
    await embedder.close();
    throw error;
  }
  return {
    get config() {
      return live.config;
    },
    services: {
      ...base,
      http,
      embedder,
      models: createModels(config, kinds),
      prices: createPrices(shippedPrices, providerPrices(config)),
      get counters() {
        return stores.counters;
      },
      get ledger() {
        return stores.ledger;
      },
      get keys() {
        return stores.keys;
      },
      get prompts() {
        return stores.prompts;
      },
      get cache() {
        return stores.cache;
      },
      get vectors() {
        return stores.vectors;
      },
    },
    get auth() {
      return live.auth;
    },
    attempts: { provider: (name) => live.providers.get(name), http, issued },
    async renew(next) {
      const before = live;
      live = await goLive(next, kinds, base);
      // No call outlives its request.
      const cancel = base.clock.after(before.config.server.requestTimeoutMs, () => {
        replaced.delete(before);
        void closeProviders(before.providers).catch(() => undefined);
      });
      replaced.set(before, cancel);
    },
    async close() {
      await embedder.close();
      for (const [{ providers }, cancel] of replaced) {
        cancel();
        await closeProviders(providers);
      }
      await closeProviders(live.providers);
    },
  };
}

async function goLive(
  config: GatewayConfig,
  kinds: ReadonlyMap<string, AnyProviderKind>,
  base: BaseServices,
): Promise<Live> {
  const providers = new Map<string, Provider>();
  try {
    for (const { name, kind, options } of config.providers) {
      const provider = kinds
        .get(kind)!
        .create(
          options,
          { clock: base.clock, random: base.random, ids: base.ids, log: base.log.child({ provider: name }) },
          name,
        );
      providers.set(name, provider);
    }
  } catch (error) {
    await closeProviders(providers);
    throw error;
  }
  return { config, providers, auth: new MasterKey(config.auth.masterKey) };
}

async function closeProviders(providers: ReadonlyMap<string, Provider>): Promise<void> {
  for (const provider of providers.values()) await provider.close?.();
}

/** What providers cost by themselves: servers of one's own, paid by the hour. */
function providerPrices(config: GatewayConfig): Record<string, ModelPrice> {
  return Object.fromEntries(
    config.providers.flatMap(({ name, price }) =>
      price === undefined ? [] : [[name, parseProviderPrice(price, ['providers', name, 'price'])]],
    ),
  );
}
