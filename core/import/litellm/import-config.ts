import { isJsonObject } from '../../../sdk/json.ts';
import { ProblemsError } from '../../problem.ts';
import { parseYaml } from '../../yaml/document.ts';
import { adviceFor } from './advice.ts';
import { mapCache } from './cache.ts';
import { createDraft, type Draft } from './draft.ts';
import { mapFallbacks } from './fallbacks.ts';
import { filesOf, type ImportedFile } from './files.ts';
import { mapModels } from './models.ts';
import { mappers } from './settings.ts';
import { type Finding, type Mapping, Source } from './source.ts';

/** What a configuration of LiteLLM can have at its top; the usual ones first. */
const sections = [
  ...['model_list', 'litellm_settings', 'general_settings', 'router_settings'],
  ...[
    'guardrails',
    'mcp_servers',
    'prompts',
    'credential_list',
    'environment_variables',
    'callback_settings',
  ],
  ...['policies', 'policy_attachments', 'vector_store_registry', 'search_tools', 'files_settings'],
  ...['finetune_settings', 'worker_registry', 'include'],
];

/** What became of a configuration. */
export interface ImportedConfig {
  readonly files: readonly ImportedFile[];
  readonly mapped: readonly Mapping[];
  readonly findings: readonly Finding[];
  /** Variables that must be set before the gateway starts. */
  readonly variables: readonly string[];
  readonly providers: number;
  readonly aliases: number;
}

export interface ImportOptions {
  /** Its name, for messages. */
  readonly file: string;
  /** Plugins that this gateway has, by name. */
  readonly plugins: Iterable<string>;
}

/**
 * Reads LiteLLM's `config.yaml` and makes `gateway.yaml`, a policies folder and files with the secrets that stood in it.
 * Every value of it is either mapped or among the findings. Nothing is written and no variable is read.
 *
 * @throws ProblemsError where it is no YAML, or no configuration of LiteLLM.
 */
export function importConfig(text: string, { file, plugins }: ImportOptions): ImportedConfig {
  const document = parseYaml(text, file);
  if (document.value === undefined) throw new ProblemsError(document.problems);
  const { value } = document;
  if (!isJsonObject(value) || !sections.some((key) => Object.hasOwn(value, key))) {
    const usual = sections.slice(0, 4).join(', ');
    const message = `expected a config.yaml of LiteLLM, with ${usual}; came none of them`;
    throw new ProblemsError([{ file, line: 1, column: 1, severity: 'error', message }]);
  }
  const source = new Source(document);
  const draft = createDraft(source, new Set(plugins));
  mapModels(draft);
  mapFallbacks(draft);
  mapSettings(draft);
  mapCache(draft);
  // What is served without a provider is not worth a file of its own; the built-in mock shows that it starts.
  if (draft.providers.size === 0)
    draft.providers.set('mock', { name: 'mock', kind: 'mock', options: {}, names: new Map() });
  const all = filesOf(draft);
  // An entry that was left out later may have asked for a secret or a variable.
  const isNamed = (reference: string) => all.some(({ text, secret }) => !secret && text.includes(reference));
  const files = all.filter(({ path, secret }) => !secret || isNamed(`\${file:${path}}`));
  for (const node of source.rest()) {
    const { kind, message } = adviceFor(node.path, node.value);
    node.list(kind, message);
  }
  return {
    files,
    mapped: source.mappings,
    findings: source.findings,
    variables: [...draft.variables].filter((name) => isNamed(`\${${name}}`)).toSorted(),
    providers: draft.providers.size,
    aliases: draft.models.size,
  };
}

function mapSettings(draft: Draft): void {
  for (const [section, own] of Object.entries(mappers)) {
    const node = draft.source.root.get(section);
    for (const [key, map] of Object.entries(own)) {
      const setting = node?.get(key);
      if (setting !== undefined) map(setting, draft);
    }
  }
}
