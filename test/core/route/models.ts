import type { Models } from '../../../sdk/services.ts';
import type { Target, Tier } from '../../../sdk/target.ts';

/** A target with just what a test cares about. */
export function target(id: string, more: Partial<Target> = {}): Target {
  const [provider = '', model = ''] = id.split('/');
  return {
    id,
    provider,
    kind: 'mock',
    model,
    vendor: provider,
    tier: 'standard',
    region: '',
    weight: 1,
    ...more,
  };
}

/** Models from a table of aliases. */
export function modelsOf(table: Readonly<Record<string, readonly Target[]>>): Models {
  const all = new Map(Object.values(table).flatMap((targets) => targets.map((one) => [one.id, one])));
  return {
    aliases: Object.keys(table),
    resolve: (name) => table[name] ?? (all.has(name) ? [all.get(name)!] : undefined),
    strategy: () => 'ordered',
    tier: (name): Tier => table[name]?.[0]?.tier ?? 'standard',
    nearest: (name) => Object.keys(table).find((alias) => alias[0] === name[0]),
  };
}
