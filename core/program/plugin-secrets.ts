import { Secret } from '../../sdk/secret.ts';
import { type ReferenceOptions, resolveReferences } from '../config/references.ts';
import type { Problem } from '../problem.ts';
import type { PluginFile, PluginOptions } from './plugin-file.ts';

/** Where `${NAME}` and `${file:PATH}` of plugin files lead. */
export type References = Omit<ReferenceOptions, 'document'>;

/**
 * The options of a file with those that hold secrets read and wrapped.
 *
 * @param references null where nothing is called, so no secret is needed: then they stay as they are written.
 */
export async function readSecrets(
  { file, options, position }: PluginFile,
  names: readonly string[],
  references: References | null,
): Promise<{ readonly options: PluginOptions; readonly problems: readonly Problem[] }> {
  const given = Object.fromEntries(
    Object.entries(options).filter(([name, value]) => names.includes(name) && typeof value === 'string'),
  ) as Record<string, string>;
  if (Object.keys(given).length === 0) return { options, problems: [] };
  const resolved =
    references === null
      ? { value: given, problems: [] }
      : await resolveReferences(given, { ...references, document: { file, position } });
  const secrets = Object.entries(resolved.value as Record<string, string>).map(
    ([name, value]) => [name, new Secret(value)] as const,
  );
  return { options: { ...options, ...Object.fromEntries(secrets) }, problems: resolved.problems };
}
