import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import type { Strategy, Tier } from '../../sdk/target.ts';
import { nearest } from '../text/nearest.ts';
import type { Path } from '../yaml/place.ts';
import { Capacities } from './capacities.ts';
import type { ModelConfig } from './config.ts';
import { type ConfigDraft, complain, shown, suggestion } from './draft.ts';

/** A `provider/model` name in its two parts, split at the first slash; null where it is none. */
export function splitTarget(name: string): { readonly provider: string; readonly model: string } | null {
  const slash = name.indexOf('/');
  if (slash <= 0 || slash === name.length - 1) return null;
  return { provider: name.slice(0, slash), model: name.slice(slash + 1) };
}

interface Names {
  /** Every provider that the file names, also those with problems of their own. */
  readonly providers: readonly string[];
  readonly aliases: readonly string[];
}

/** Reads `models:`: alias → target, ordered list of targets, or group. Problems go to the draft. */
export function readAliases(
  models: JsonObject,
  providers: readonly string[],
  draft: ConfigDraft,
): ModelConfig[] {
  const names: Names = { providers, aliases: Object.keys(models) };
  const capacities = new Capacities(draft);
  return Object.entries(models).map(([alias, raw]): ModelConfig => {
    const path = ['models', alias];
    if (alias.trim() === '' || alias !== alias.trim()) {
      complain(draft, path, 'an alias is a word without spaces around it', { part: 'key' });
    }
    const group = isJsonObject(raw) ? raw : { targets: raw ?? null };
    const listPath = isJsonObject(raw) ? [...path, 'targets'] : path;
    const list = Array.isArray(group['targets']) ? (group['targets'] as readonly Json[]) : null;
    const entries = list
      ? list.map((item, index) => readTarget(item, [...listPath, index], names, capacities, draft))
      : [readTarget(group['targets'] ?? null, listPath, names, capacities, draft)];
    const targets = entries.filter((entry) => entry !== null);
    warnOfTwins(targets, listPath, draft);
    return { alias, strategy: (group['strategy'] as Strategy | undefined) ?? 'ordered', targets };
  });
}

type TargetEntry = ModelConfig['targets'][number];

function readTarget(
  raw: Json,
  path: Path,
  names: Names,
  capacities: Capacities,
  draft: ConfigDraft,
): TargetEntry | null {
  const entry = isJsonObject(raw) ? raw : { target: raw };
  const at = isJsonObject(raw) ? [...path, 'target'] : path;
  const target = entry['target'];
  if (typeof target !== 'string') return null;
  const wrong = whatIsWrong(target, shown(draft, at, target), names);
  if (wrong !== null) complain(draft, at, wrong);
  const capacity = capacities.read(target, entry as JsonObject, path);
  return {
    target,
    weight: typeof entry['weight'] === 'number' ? entry['weight'] : 1,
    tier: (entry['tier'] as Tier | undefined) ?? null,
    ...(capacity === undefined ? undefined : { capacity }),
  };
}

function whatIsWrong(target: string, came: string, names: Names): string | null {
  const parts = splitTarget(target);
  const provider = parts?.provider ?? target.replace(/\/$/, '');
  if (parts && names.providers.includes(provider)) return null;
  if (names.aliases.includes(target)) {
    return `${came} is an alias, and an alias cannot point to another; list its targets (provider/model) here`;
  }
  if (names.providers.includes(provider)) return `expected provider/model; came ${came}; name the model too`;
  if (!parts) {
    const near = nearest(target, names.providers);
    return `expected provider/model; came ${came}${near ? `; did you mean a model of "${near}"?` : ''}`;
  }
  return `unknown provider in ${came}${suggestion(nearest(provider, names.providers), names.providers)}`;
}

function warnOfTwins(targets: readonly TargetEntry[], path: Path, draft: ConfigDraft): void {
  const seen = new Set<string>();
  for (const { target } of targets) {
    if (seen.has(target)) {
      complain(draft, path, `the target "${target}" is listed twice`, { severity: 'warning' });
    }
    seen.add(target);
  }
}
