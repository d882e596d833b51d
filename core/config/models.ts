import type { Capacity } from '../../sdk/health.ts';
import type { Models } from '../../sdk/services.ts';
import type { Strategy, Target, Tier } from '../../sdk/target.ts';
import { nearest } from '../text/nearest.ts';
import { splitTarget } from './aliases.ts';
import type { GatewayConfig, ProviderConfig } from './config.ts';
import type { ProviderKinds } from './providers.ts';

/** Whole words only: `gemini` is not a mini, and `project` not a pro. */
const miniWords = /(?:^|[^a-z])(?:mini|nano|haiku|flash|lite|small)(?:$|[^a-z])/;
const frontierWords = /(?:^|[^a-z])(?:opus|pro|large)(?:$|[^a-z])|(?:^|[^a-z0-9])(?:gpt-5|o3)(?:$|[^a-z0-9])/;

/**
 * A guess at a model's tier from the words in its name: mini, nano, haiku, flash, lite, small → `mini`; else opus,
 * pro, large, gpt-5, o3 → `frontier`; else `standard`. Set `tier` in the configuration where it guesses wrong.
 */
export function guessTier(model: string): Tier {
  const name = model.toLowerCase();
  if (miniWords.test(name)) return 'mini';
  return frontierWords.test(name) ? 'frontier' : 'standard';
}

/**
 * The configured models as a service. An alias resolves to its targets; `provider/model` resolves for every
 * configured provider and any model name, split at the first slash. A target's tier is its own, else its
 * provider's, else guessed from the model's name; its vendor is the provider's, else the kind's judgement. Its capacity
 * is its own under whatever name it is reached.
 */
export function createModels(
  config: Pick<GatewayConfig, 'providers' | 'models'>,
  kinds: ProviderKinds,
): Models {
  const providers = new Map(config.providers.map((provider) => [provider.name, provider]));
  const capacities = capacitiesOf(config.models);
  const byAlias = new Map<string, readonly Target[]>();
  const strategies = new Map<string, Strategy>();
  for (const { alias, strategy, targets } of config.models) {
    const resolved = targets.map(({ target, weight, tier }) => {
      const made = toTarget(target, weight, tier);
      if (!made) throw new Error(`alias "${alias}": target "${target}" names no configured provider`);
      return made;
    });
    byAlias.set(alias, Object.freeze(resolved));
    strategies.set(alias, strategy);
  }
  const aliases = Object.freeze([...byAlias.keys()]);
  const targetIds = [...new Set([...byAlias.values()].flat().map(({ id }) => id))];

  function toTarget(id: string, weight: number, tier: Tier | null): Target | null {
    const parts = splitTarget(id);
    const provider = parts && providers.get(parts.provider);
    if (!parts || !provider) return null;
    const capacity = capacities.get(id);
    return Object.freeze({
      id,
      provider: provider.name,
      kind: provider.kind,
      model: parts.model,
      vendor: vendorOf(provider, parts.model),
      tier: tier ?? provider.tier ?? guessTier(parts.model),
      region: provider.region,
      weight,
      ...(capacity === undefined ? undefined : { capacity }),
    });
  }

  function vendorOf(provider: ProviderConfig, model: string): string {
    // Two models whose makers are unknown must not pass for models of one maker.
    return provider.vendor ?? (kinds.get(provider.kind)?.vendor(model) || provider.name);
  }

  function resolve(name: string): readonly Target[] | undefined {
    const known = byAlias.get(name);
    if (known) return known;
    // Not kept: clients choose these names, so keeping them would be a way to fill the memory.
    const target = toTarget(name, 1, null);
    return target ? [target] : undefined;
  }

  return {
    aliases,
    resolve,
    strategy: (name) => strategies.get(name) ?? 'ordered',
    tier: (name) => resolve(name)?.[0]?.tier ?? guessTier(name),
    nearest(name) {
      const parts = splitTarget(name);
      const provider = parts ? nearest(parts.provider, providers.keys()) : undefined;
      return nearest(name, [...aliases, ...targetIds]) ?? (provider && `${provider}/${parts!.model}`);
    },
  };
}

/** What targets take, from all entries that say something of them. */
function capacitiesOf(models: GatewayConfig['models']): ReadonlyMap<string, Capacity> {
  const capacities = new Map<string, Capacity>();
  for (const { target, capacity } of models.flatMap(({ targets }) => targets)) {
    if (capacity !== undefined) capacities.set(target, { ...capacities.get(target), ...capacity });
  }
  return capacities;
}
