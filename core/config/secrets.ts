import { resolve } from 'node:path';
import { isJsonObject, type Json } from '../../sdk/json.ts';
import type { SecretReader } from '../secrets/reader.ts';
import { defaultPollMs, type Secrets } from '../secrets/secrets.ts';
import { SecretError } from '../secrets/source.ts';
import { type VaultSettings, vaultSettings } from '../secrets/vault/settings.ts';
import type { YamlDocument } from '../yaml/document.ts';
import { type Path, showPath } from '../yaml/place.ts';
import { compileValidator, type Validator } from '../yaml/validate.ts';
import { type ReferenceOptions, type Resolved, resolveReferences } from './references.ts';
import { secretsSchema } from './schema.ts';

let validator: Validator | undefined;

export interface SecretsSection {
  readonly document: YamlDocument;
  readonly references: Omit<ReferenceOptions, 'document' | 'secrets'>;
  readonly secrets: Secrets;
}

/**
 * Replaces all references of a configuration. Its `secrets` come first, since they say where the others are: they may refer
 * to the environment and to files only.
 */
export async function resolveAll(
  raw: Json,
  { document, references, secrets }: SecretsSection,
): Promise<Resolved & { readonly reader: SecretReader }> {
  const reader = secrets.reader();
  const { secrets: own, ...others } = isJsonObject(raw) ? raw : {};
  if (!isJsonObject(raw) || own === undefined) {
    secrets.configure({ pollMs: defaultPollMs, vault: null });
    return { ...(await resolveReferences(raw, { ...references, document, secrets: reader })), reader };
  }
  const first = await resolveReferences(
    { secrets: own },
    {
      ...references,
      document,
      secrets: {
        read: (scheme, name) =>
          scheme === 'vault' ? Promise.reject(new SecretError(ownVault)) : reader.read(scheme, name),
      },
    },
  );
  const problem =
    first.problems.length > 0 ? null : configure(first.value, references.folder, document, secrets);
  const rest = await resolveReferences(others, { ...references, document, secrets: reader });
  return {
    value: { ...(rest.value as object), ...(first.value as object) } as Json,
    problems: [...first.problems, ...(problem === null ? [] : [problem]), ...rest.problems],
    isReference: (path) => first.isReference(path) || rest.isReference(path),
    written: (path) => first.written(path) ?? rest.written(path) ?? unseen(path),
    reader,
  };
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: references look like this
const ownVault = 'the settings of the Vault cannot be in the Vault; expected ${NAME} or ${file:PATH}';

/** Values that were written out and still are not to be seen. */
function unseen(path: Path): string | undefined {
  const [top, section, ...rest] = path;
  if (top !== 'secrets' || section !== 'vault') return undefined;
  return ['token', 'secret_id', 'role_id'].includes(String(rest.at(-1))) ? '[secret]' : undefined;
}

/** What is wrong with the settings beyond their schema, whose own problems are found with everybody else's. */
function configure(
  value: Json,
  folder: string,
  document: YamlDocument,
  secrets: Secrets,
): Resolved['problems'][number] | null {
  validator ??= compileValidator(secretsSchema);
  const own = isJsonObject(value) ? (value['secrets'] ?? {}) : {};
  const checked = validator(own, { document, at: ['secrets'] });
  if (checked.problems.length > 0 || !isJsonObject(checked.value)) return null;
  const { poll, vault } = checked.value;
  const path = ['secrets', 'vault'];
  try {
    const settings = isJsonObject(vault) ? beside(folder, vaultSettings(vault)) : null;
    secrets.configure({ pollMs: poll as number, vault: settings });
    return null;
  } catch (error) {
    const message = `${showPath(path)}: ${error instanceof Error ? error.message : String(error)}`;
    return { file: document.file, ...document.position(path), severity: 'error', message };
  }
}

/** Files of the settings start from the configuration's folder, as all others do. */
function beside(folder: string, settings: VaultSettings): VaultSettings {
  const { login } = settings;
  if (login.type !== 'kubernetes') return settings;
  return { ...settings, login: { ...login, jwtFile: resolve(folder, login.jwtFile) } };
}
