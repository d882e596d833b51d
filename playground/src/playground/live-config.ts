import type { Strategy, Tier } from '../../../sdk/target.ts';
import type { EngineConfig } from '../engine/messages.ts';

/** A target as the gateway tells of it: its name alone, or with what it knows. */
type LiveTarget =
  | string
  | {
      readonly id?: string;
      readonly target?: string;
      readonly vendor?: string | null;
      readonly tier?: Tier | null;
      readonly region?: string | null;
      readonly weight?: number;
    };

/** `GET /playground/api/registry`, as far as it is used. */
export interface LiveRegistry {
  readonly config_version?: string;
  readonly aliases: readonly {
    readonly name: string;
    readonly strategy?: Strategy;
    readonly targets: readonly LiveTarget[];
  }[];
  readonly providers: readonly {
    readonly name: string;
    readonly kind: string;
    readonly region?: string;
    readonly vendor?: string | null;
  }[];
  readonly tenants: readonly string[];
}

/** What the engine needs to know of the gateway's names. */
export function configOf({
  config_version: version = 'live',
  aliases,
  providers,
}: LiveRegistry): EngineConfig {
  const targets = aliases.flatMap((alias) => alias.targets.map(parts));
  return {
    version,
    providers: providers.map(({ name, kind, region, vendor }) => {
      const own = targets.filter(({ id }) => id.startsWith(`${name}/`));
      const vendors = new Set(own.map((target) => target.vendor));
      return {
        name,
        kind,
        region: region ?? own.find((target) => target.region !== '')?.region ?? '',
        vendor: vendor ?? (vendors.size === 1 ? [...vendors][0]! : null),
        tier: null,
      };
    }),
    models: aliases.map(({ name, strategy = 'ordered', targets: own }) => ({
      alias: name,
      strategy,
      targets: own.map(parts).map(({ id, weight, tier }) => ({ target: id, weight, tier })),
    })),
  };
}

function parts(target: LiveTarget) {
  if (typeof target === 'string') return { id: target, weight: 1, tier: null, vendor: null, region: '' };
  const { id, target: name, weight = 1, tier = null, vendor = null, region } = target;
  return { id: id ?? name ?? '', weight, tier, vendor, region: region ?? '' };
}
