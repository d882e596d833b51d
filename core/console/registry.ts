import { isJsonObject } from '../../sdk/json.ts';
import type { AnyPlugin } from '../../sdk/plugin.ts';
import type { Models } from '../../sdk/services.ts';
import type { GatewayConfig } from '../config/config.ts';
import { policyDeclaration } from '../policy/declaration.ts';
import type { FolderSnapshot } from '../program/folder.ts';
import { parseYaml } from '../yaml/document.ts';

/** Names for an editor to complete; more of them are no help. */
const maxTenants = 500;

export interface RegistrySources {
  readonly config: Pick<GatewayConfig, 'models' | 'providers' | 'version'>;
  readonly models: Pick<Models, 'aliases' | 'strategy' | 'resolve'>;
  readonly plugins: ReadonlyMap<string, AnyPlugin>;
  readonly policies: FolderSnapshot;
  /** Those whose requests came. */
  readonly tenants: Iterable<string>;
}

/** What an editor completes and checks names with. */
export function registryJson({ config, models, plugins, policies, tenants }: RegistrySources): object {
  const targets = config.models.flatMap((model) => model.targets.map(({ target }) => target));
  const names = [...new Set([...models.aliases, ...targets])];
  return {
    config_version: config.version,
    aliases: models.aliases.map((name) => ({
      name,
      strategy: models.strategy(name),
      targets: (models.resolve(name) ?? []).map(({ id, provider, model, vendor, tier, region, weight }) => ({
        id,
        provider,
        model,
        vendor,
        tier,
        region,
        weight,
      })),
    })),
    providers: config.providers.map(({ name, kind, region }) => ({ name, kind, region })),
    plugins: [...plugins.values()].map(({ name, summary, schema }) => ({ name, summary, schema })),
    tenants: tenantsOf(policies, tenants),
    language: policyDeclaration(),
    registry: registryText(names),
  };
}

/** Merged into the language's own declaration, so that a mistyped target does not compile. */
function registryText(targets: readonly string[]): string {
  if (targets.length === 0) return '';
  const lines = targets.map((name) => `      | ${JSON.stringify(name)}`).join('\n');
  return `declare module 'sluice' {\n  export interface Registry {\n    targets:\n${lines};\n  }\n}\n`;
}

/** Those that files of the folder name under `tenants`, and those whose requests came. */
function tenantsOf({ files }: FolderSnapshot, seen: Iterable<string>): string[] {
  const names = new Set<string>();
  for (const { name, kind, text } of files) {
    if (kind !== 'plugin') continue;
    const { value } = parseYaml(text, name);
    const tenants = isJsonObject(value) ? value['tenants'] : undefined;
    if (isJsonObject(tenants)) for (const tenant of Object.keys(tenants)) names.add(tenant);
  }
  for (const tenant of seen) names.add(tenant);
  return [...names].sort().slice(0, maxTenants);
}
