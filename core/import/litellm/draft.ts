import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { Source, SourceNode } from './source.ts';

/** One target of an alias, as `gateway.yaml` writes it. */
export interface DraftTarget {
  readonly target: string;
  weight?: number;
  rpm?: number;
  tpm?: number;
}

/** A provider under way: what two entries of the file share is one provider. */
export interface DraftProvider {
  readonly name: string;
  readonly kind: string;
  readonly options: Record<string, Json>;
  /** What a model is called at the provider, where it is not called so here (`deployments`, `base_models`). */
  readonly names: Map<string, string>;
}

export interface DraftAlias {
  readonly targets: DraftTarget[];
  strategy: string;
}

/** What the import writes, as far as it is known. */
export interface Draft {
  readonly source: Source;
  /** Plugins that this gateway has. */
  readonly plugins: ReadonlySet<string>;
  readonly providers: Map<string, DraftProvider>;
  readonly models: Map<string, DraftAlias>;
  /** Sections of `gateway.yaml` besides `providers` and `models`. */
  readonly sections: Record<string, Record<string, Json>>;
  readonly fallback: Record<string, Json>;
  readonly limiter: Record<string, Json>;
  readonly limits: JsonObject[];
  readonly prices: Record<string, JsonObject>;
  ledgerRetention: string | null;
  /** Options of `semantic-cache`; null for no cache. */
  cache: Record<string, Json> | null;
  /** Secrets that stood in the file, by the name of the file that they are written to. */
  readonly secrets: Map<string, string>;
  /** Variables of the environment that the result reads. */
  readonly variables: Set<string>;
}

export function createDraft(source: Source, plugins: ReadonlySet<string>): Draft {
  return {
    source,
    plugins,
    providers: new Map(),
    models: new Map(),
    sections: {},
    fallback: {},
    limiter: {},
    limits: [],
    prices: {},
    ledgerRetention: null,
    cache: null,
    secrets: new Map(),
    variables: new Set(),
  };
}

/** Puts a value into a section of `gateway.yaml`. */
export function setSection(draft: Draft, section: string, key: string, value: Json): void {
  draft.sections[section] = { ...draft.sections[section], [key]: value };
}

/** LiteLLM's way to write a variable. */
const variable = /^os\.environ\/([A-Za-z_]\w*)$/;

/** A text of the file as `gateway.yaml` writes it: references become `${NAME}`, and what looks like one here does not. */
export function plainText(draft: Draft, text: string): string {
  const name = variable.exec(text.trim())?.[1];
  return name === undefined ? text.replace(/\$\{/g, (mark) => `$${mark}`) : variableText(draft, name);
}

/** The reference to a variable; to a file where the imported file set the variable itself (`environment_variables`). */
export function variableText(draft: Draft, name: string): string {
  const own = draft.source.root.get('environment_variables')?.get(name);
  const value = own?.text ?? (own?.number === undefined ? undefined : String(own.number));
  if (own === undefined || value === undefined || value === '' || variable.test(value)) {
    draft.variables.add(name);
    return `\${${name}}`;
  }
  own.map(`secrets/${name}`);
  draft.secrets.set(name, value);
  return `\${file:secrets/${name}}`;
}

/**
 * A secret as `gateway.yaml` writes it. One that stands in the file itself goes to a file of its own: `gateway.yaml` can
 * then be shown and kept under version control.
 *
 * @param name what the secret is, such as `openai-api-key`.
 */
export function secretText(draft: Draft, node: SourceNode, name: string): string {
  const text = node.text ?? String(node.value);
  if (variable.test(text.trim())) return plainText(draft, text);
  for (const [known, value] of draft.secrets) if (value === text) return `\${file:secrets/${known}}`;
  const base = name.replace(/[^\w-]/g, '-');
  let free = base;
  for (let number = 2; draft.secrets.has(free); number += 1) free = `${base}-${number}`;
  draft.secrets.set(free, text);
  return `\${file:secrets/${free}}`;
}

/** Seconds as people write them here: `90s`; null for what is no time. */
export function secondsText(node: SourceNode): string | null {
  const seconds = node.number;
  if (seconds === undefined || seconds <= 0 || seconds > 2_000_000) return null;
  return Number.isInteger(seconds) ? `${seconds}s` : `${Math.max(1, Math.round(seconds * 1000))}ms`;
}
