import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { firstPartyPlugins } from '../../../../core/gateway.ts';
import { type ImportedConfig, importConfig } from '../../../../core/import/litellm/import-config.ts';
import { parseYaml } from '../../../../core/yaml/document.ts';
import type { Json, JsonObject } from '../../../../sdk/json.ts';

const folder = fileURLToPath(new URL('../../../fixtures/litellm/', import.meta.url));

/** Configurations of our own, in the shapes that people write them in. */
export const configs: ReadonlyMap<string, string> = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(`${folder}${name}`, 'utf8')]),
);

export const allPlugins = [...firstPartyPlugins.map(({ name }) => name), 'semantic-cache'];

export function imported(text: string, plugins: Iterable<string> = allPlugins): ImportedConfig {
  return importConfig(text, { file: 'config.yaml', plugins });
}

/** One of the files that were made, as data. */
export function made({ files }: ImportedConfig, path: string): JsonObject {
  const file = files.find((one) => one.path === path);
  if (file === undefined) throw new Error(`there is no ${path}`);
  return parseYaml(file.text, path).value as JsonObject;
}

/** Values for the variables that a result reads. */
export function environment({ variables }: ImportedConfig): Record<string, string> {
  const stand = (name: string): string => {
    if (/BASE|ENDPOINT|URL/.test(name)) return 'https://llm.example';
    if (/HOST/.test(name)) return 'redis.example';
    if (/PORT/.test(name)) return '6379';
    return /REGION/.test(name) ? 'eu-west-1' : `value-of-${name}`;
  };
  return Object.fromEntries(variables.map((name) => [name, stand(name)]));
}

/** Strings of a value at any depth. */
export function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((one) => textsIn(one as Json));
}
