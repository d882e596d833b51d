import type { AnyProviderKind, Provider } from '../../sdk/provider.ts';
import type { Services } from '../../sdk/services.ts';
import type { Transport } from '../../sdk/transport.ts';
import type { GatewayConfig } from '../config/config.ts';
import { createModels } from '../config/models.ts';
import type { AttemptsDeps } from '../pipeline/attempts.ts';
import { MasterKey } from '../server/auth.ts';
import type { IssuedItems } from '../services/issued-items.ts';

/** The services that do not depend on the configuration. */
export type BaseServices = Omit<Services, 'models'>;

/** A configuration made ready to serve: its providers, its models, its key. Replaced as a whole on reload. */
export interface Setup {
  readonly config: GatewayConfig;
  readonly services: Services;
  readonly auth: MasterKey;
  readonly attempts: AttemptsDeps;
  close(): Promise<void>;
}

/** Creates every configured provider. Closes those made so far when one fails. */
export async function createSetup(
  config: GatewayConfig,
  kinds: ReadonlyMap<string, AnyProviderKind>,
  base: BaseServices,
  http: Transport,
  issued: IssuedItems,
): Promise<Setup> {
  const providers = new Map<string, Provider>();
  const close = async () => {
    for (const provider of providers.values()) await provider.close?.();
  };
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
    await close();
    throw error;
  }
  return {
    config,
    services: { ...base, models: createModels(config, kinds) },
    auth: new MasterKey(config.auth.masterKey),
    attempts: { provider: (name) => providers.get(name), http, issued },
    close,
  };
}
