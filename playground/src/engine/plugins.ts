import type { PluginWords } from '../../../core/policy/capabilities.ts';
import type { Problem } from '../../../core/problem.ts';
import type { SnapshotFile } from '../../../core/program/folder.ts';
import { pluginStep } from '../../../core/program/plugin-step.ts';
import type { Step, StepMode } from '../../../core/program/step.ts';
import { parseYaml } from '../../../core/yaml/document.ts';
import { compileValidator } from '../../../core/yaml/validate.ts';
import { piiRedactor } from '../../../plugins/pii-redactor/plugin.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { AnyPlugin } from '../../../sdk/plugin.ts';
import type { Services } from '../../../sdk/services.ts';

/** Plugins that need nothing outside of a request, so that they run in a page as they do in a gateway. */
const portable: ReadonlyMap<string, AnyPlugin> = new Map([[piiRedactor.name, piiRedactor]]);

/** What the other plugins mean to policies: the verbs they carry out, the facts they have. A test holds it to them. */
export const pluginWords: Readonly<
  Record<string, { readonly verbs: readonly string[]; readonly facts: readonly string[] }>
> = {
  'token-limiter': { verbs: ['limit'], facts: ['budget', 'cost'] },
  'jsonata-filter': { verbs: ['output'], facts: [] },
  'semantic-cache': { verbs: ['cache'], facts: [] },
  ledger: { verbs: [], facts: ['cost'] },
};

const commonKeys: ReadonlySet<string> = new Set([
  'plugin',
  'enabled',
  'match',
  'on_failure',
  'timeout_ms',
  'mode',
]);

/** A plugin file, as far as a page can understand it. */
export interface DraftPlugin {
  readonly file: string;
  readonly plugin: string;
  readonly mode: StepMode;
  readonly hasMatch: boolean;
  readonly options: JsonObject;
  readonly runs: boolean;
}

/** Reads a plugin file. Settings of plugins that do not run in the page are left to the gateway to check. */
export function readPlugin({ name, text }: Pick<SnapshotFile, 'name' | 'text'>): {
  plugin: DraftPlugin | null;
  problems: readonly Problem[];
} {
  const document = parseYaml(text, name);
  const { value, problems } = document;
  if (problems.length > 0) return { plugin: null, problems };
  if (!isJsonObject(value) || typeof value['plugin'] !== 'string') {
    const message = 'missing key "plugin": it names the plugin that these are the settings of';
    return { plugin: null, problems: [{ file: name, line: 1, column: 1, severity: 'error', message }] };
  }
  const known = portable.get(value['plugin']);
  const own = Object.fromEntries(Object.entries(value).filter(([key]) => !commonKeys.has(key))) as JsonObject;
  const checked = known === undefined ? null : compileValidator(known.schema)(own, { document });
  const { enabled, mode } = value;
  const hasMatch = value['match'] !== undefined;
  return {
    plugin: {
      file: name,
      plugin: value['plugin'],
      mode: enabled === false ? 'off' : isMode(mode) ? mode : 'enforce',
      hasMatch,
      options: (checked?.value ?? own) as JsonObject,
      runs: known !== undefined && !hasMatch,
    },
    problems: checked?.problems ?? [],
  };
}

function isMode(mode: Json | undefined): mode is StepMode {
  return mode === 'enforce' || mode === 'shadow' || mode === 'off';
}

/** What policies may rely on. */
export function wordsOf({ file, plugin, mode, hasMatch }: DraftPlugin): PluginWords {
  const { verbs, facts } = pluginWords[plugin] ?? { verbs: [], facts: [] };
  return { file, plugin, mode, hasMatch, verbs, facts };
}

/** The step of a plugin that runs in the page. */
export function portableStep(plugin: DraftPlugin, services: Services, version: string): Promise<Step> {
  const { file, mode, options } = plugin;
  const parsed = {
    file,
    plugin: plugin.plugin,
    mode,
    match: null,
    onFailure: null,
    timeoutMs: null,
    options,
    position: () => ({ line: 1, column: 1 }),
  };
  return pluginStep(portable.get(plugin.plugin)!, parsed, services, version);
}
