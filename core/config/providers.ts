import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import type { AnyProviderKind } from '../../sdk/provider.ts';
import { Secret } from '../../sdk/secret.ts';
import type { Tier } from '../../sdk/target.ts';
import { nearest } from '../text/nearest.ts';
import { compileValidator, type Validator } from '../yaml/validate.ts';
import type { ProviderConfig } from './config.ts';
import { type ConfigDraft, complain, shown, suggestion } from './draft.ts';
import { providerCommonKeys } from './schema.ts';

/** The kinds of providers that are installed, by name. */
export type ProviderKinds = ReadonlyMap<string, AnyProviderKind>;

/** Reads `providers:`. Problems go to the draft; a provider with problems is left out or incomplete. */
export function readProviders(
  providers: JsonObject,
  kinds: ProviderKinds,
  draft: ConfigDraft,
): ProviderConfig[] {
  const result: ProviderConfig[] = [];
  for (const [name, raw] of Object.entries(providers)) {
    const path = ['providers', name];
    if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
      complain(draft, path, 'a provider is named with letters, digits, "-", "_" and "."', { part: 'key' });
    }
    if (!isJsonObject(raw) || typeof raw['kind'] !== 'string') continue;
    const kind = kinds.get(raw['kind']);
    if (!kind) {
      const came = shown(draft, [...path, 'kind'], raw['kind']);
      const known = [...kinds.keys()];
      const advice = suggestion(nearest(raw['kind'], known), known);
      complain(draft, [...path, 'kind'], `unknown kind ${came}${advice}`);
      continue;
    }
    const options = readOptions(raw, kind, validatorOf(kind, draft, path), draft, path);
    result.push({
      name,
      kind: kind.kind,
      options,
      region: typeof raw['region'] === 'string' ? raw['region'] : '',
      vendor: typeof raw['vendor'] === 'string' ? raw['vendor'] : null,
      tier: (raw['tier'] as Tier | undefined) ?? null,
      ...(isJsonObject(raw['price']) ? { price: raw['price'] } : {}),
    });
  }
  return result;
}

/** Kinds outlive reloads; compiling their schemas again each time would cost more than all the rest of a load. */
const compiled = new WeakMap<AnyProviderKind, Validator>();

function validatorOf(kind: AnyProviderKind, draft: ConfigDraft, path: readonly string[]): Validator | null {
  const known = compiled.get(kind);
  if (known) return known;
  try {
    const validator = compileValidator({ type: 'object', properties: {}, ...kind.schema });
    compiled.set(kind, validator);
    return validator;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    complain(draft, path, `the schema of kind "${kind.kind}" cannot be used: ${reason}`);
    return null;
  }
}

function readOptions(
  raw: JsonObject,
  kind: AnyProviderKind,
  validate: Validator | null,
  draft: ConfigDraft,
  path: readonly string[],
): JsonObject {
  const own = isJsonObject(kind.schema['properties']) ? kind.schema['properties'] : {};
  // A kind that needs one of the common keys itself (a region to sign for, say) names it in its schema.
  const common = new Set<string>(providerCommonKeys.filter((key) => !Object.hasOwn(own, key)));
  const given = Object.fromEntries(Object.entries(raw).filter(([key]) => !common.has(key)));
  if (!validate) return {};
  const { value, problems } = validate(given as JsonObject, {
    document: draft.document,
    at: path,
    alsoKnown: [...common],
    show: (at) => draft.show(at) ?? (kind.secrets.includes(String(at[path.length])) ? '[secret]' : undefined),
    isReference: draft.isReference,
  });
  draft.problems.push(...problems);
  if (!isJsonObject(value)) return {};
  const options: Record<string, unknown> = { ...value };
  for (const key of kind.secrets) {
    const secret = options[key] as Json | undefined;
    if (typeof secret === 'string') options[key] = new Secret(secret);
    else if (Array.isArray(secret)) options[key] = secret.map((item) => new Secret(String(item)));
  }
  // `options` is JSON but for its secrets, which is what the contract of `ProviderConfig` says.
  return options as JsonObject;
}
