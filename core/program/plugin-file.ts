import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import type { AnyPlugin, JsonSchema, OnFailure } from '../../sdk/plugin.ts';
import type { Secret } from '../../sdk/secret.ts';
import type { Problem } from '../problem.ts';
import { nearest } from '../text/nearest.ts';
import { parseYaml, type YamlDocument } from '../yaml/document.ts';
import type { Path } from '../yaml/place.ts';
import { compileValidator, type Validator } from '../yaml/validate.ts';
import { compileMatch, type Match } from './match.ts';
import type { StepMode } from './step.ts';

/** The plugins that files can name. */
export type Plugins = ReadonlyMap<string, AnyPlugin>;

/** What a plugin is set up with: JSON but for its secrets. */
export type PluginOptions = Readonly<Record<string, Json | Secret | undefined>>;

/** One plugin file, checked, its defaults applied. */
export interface PluginFile {
  /** Name in the policies folder. */
  readonly file: string;
  readonly plugin: string;
  /** `off` also where the file says `enabled: false`. */
  readonly mode: StepMode;
  readonly match: Match | null;
  /** Null where the file leaves it to the plugin. */
  readonly onFailure: OnFailure | null;
  readonly timeoutMs: number | null;
  /** The plugin's own options. */
  readonly options: PluginOptions;
  /** Where something stands in the file. */
  readonly position: YamlDocument['position'];
}

/** `parsed` is null when there are errors among the problems. */
export interface ParsedPluginFile {
  readonly parsed: PluginFile | null;
  readonly problems: readonly Problem[];
}

/** Keys that every plugin file may have. */
export const commonSchema = {
  type: 'object',
  required: ['plugin'],
  properties: {
    plugin: { type: 'string' },
    enabled: { type: 'boolean', default: true },
    match: { type: 'string', minLength: 1 },
    on_failure: { enum: ['open', 'closed'] },
    // An hour: longer than any request lives, and far from what timers cannot count.
    timeout_ms: { type: 'integer', minimum: 1, maximum: 3_600_000 },
    mode: { enum: ['enforce', 'shadow', 'off'], default: 'enforce' },
  },
} as const satisfies JsonSchema;

const commonKeys = Object.keys(commonSchema.properties);

let common: Validator | undefined;
/** Plugins outlive reloads of the folder; compiling a schema costs more than all the rest of a load. */
const compiled = new WeakMap<AnyPlugin, Validator>();

/** Reads one plugin file. Everything that is wrong with it is in the problems, all at once. */
export function parsePluginFile(file: string, text: string, plugins: Plugins): ParsedPluginFile {
  const document = parseYaml(text, file);
  const problems: Problem[] = [...document.problems];
  const failed = (): ParsedPluginFile => ({ parsed: null, problems });
  if (document.value === undefined) return failed();
  const value = document.value ?? {};
  const complain = (path: Path, message: string) =>
    problems.push({ file, ...document.position(path), severity: 'error', message });
  if (!isJsonObject(value)) {
    complain([], 'expected keys such as "plugin: NAME"; came something else');
    return failed();
  }

  const own = Object.fromEntries(Object.entries(value).filter(([key]) => !commonKeys.includes(key)));
  const shared = Object.fromEntries(Object.entries(value).filter(([key]) => commonKeys.includes(key)));
  common ??= compileValidator(commonSchema);
  const checked = common(shared as JsonObject, { document });
  problems.push(...checked.problems);
  const settings = checked.value as JsonObject;

  const match =
    typeof settings['match'] === 'string' ? readMatch(settings['match'], document, problems) : null;
  const options = readOptions(own as JsonObject, value['plugin'], plugins, document, problems);
  if (options === null || problems.some(({ severity }) => severity === 'error')) return failed();
  return {
    parsed: {
      file,
      plugin: settings['plugin'] as string,
      mode: settings['enabled'] === false ? 'off' : (settings['mode'] as StepMode),
      match,
      onFailure: (settings['on_failure'] as OnFailure | undefined) ?? null,
      timeoutMs: (settings['timeout_ms'] as number | undefined) ?? null,
      options,
      position: document.position,
    },
    problems,
  };
}

function readMatch(expression: string, document: YamlDocument, problems: Problem[]): Match | null {
  const result = compileMatch(expression);
  if (result.ok) return result.match;
  const { line, column } = document.position(['match']);
  for (const { message, position } of result.faults) {
    const where = position > 0 ? ` (character ${position} of the expression)` : '';
    problems.push({
      file: document.file,
      line,
      column,
      severity: 'error',
      message: `match: ${message}${where}`,
    });
  }
  return null;
}

function readOptions(
  own: JsonObject,
  name: Json | undefined,
  plugins: Plugins,
  document: YamlDocument,
  problems: Problem[],
): JsonObject | null {
  if (typeof name !== 'string') return null;
  const plugin = plugins.get(name);
  const { file } = document;
  if (!plugin) {
    const known = [...plugins.keys()];
    const near = nearest(name, known);
    const advice = near ? `did you mean "${near}"?` : `known are: ${known.join(', ')}`;
    const message = `unknown plugin "${name}"; ${advice}`;
    problems.push({ file, ...document.position(['plugin']), severity: 'error', message });
    return null;
  }
  try {
    const { value, problems: found } = validatorOf(plugin)(own, { document, alsoKnown: commonKeys });
    problems.push(...found);
    return isJsonObject(value) ? value : null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the schema of plugin "${name}" cannot be used: ${reason}`;
    problems.push({ file, ...document.position(['plugin']), severity: 'error', message });
    return null;
  }
}

function validatorOf(plugin: AnyPlugin): Validator {
  let validator = compiled.get(plugin);
  if (!validator) {
    const properties = isJsonObject(plugin.schema['properties']) ? plugin.schema['properties'] : {};
    const taken = commonKeys.find((key) => Object.hasOwn(properties, key));
    if (taken) throw new Error(`its option "${taken}" is the name of a key that every plugin has`);
    // A schema that lists no properties has no options: then every key is unknown.
    validator = compileValidator({ type: 'object', properties: {}, ...plugin.schema });
    compiled.set(plugin, validator);
  }
  return validator;
}
