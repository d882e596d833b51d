import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';

/** A prompt that cannot be filled in. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateError';
  }
}

/**
 * Puts values in the place of `{{name}}` and `{{name.part}}`. What a value holds is never read as a template itself.
 *
 * @throws TemplateError for a name without a value, and for filters and blocks, which are not carried out.
 */
export function fillText(template: string, vars: Readonly<Record<string, Json>>): string {
  if (template.includes('{%')) throw new TemplateError('blocks such as {% if %} are not carried out');
  return template.replace(/\{\{([^{}]{0,200})\}\}/g, (_, inner: string) => {
    const name = inner.trim();
    if (!/^[\w-]+(\.[\w-]+)*$/.test(name)) {
      throw new TemplateError(`expected a name in {{ }}; came "${name}"; filters are not carried out`);
    }
    const value = valueAt(vars, name.split('.'));
    if (value === undefined) throw new TemplateError(`there is no variable "${name}"`);
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

/** The same for all texts within a value. */
export function fill(value: Json, vars: Readonly<Record<string, Json>>): Json {
  if (typeof value === 'string') return fillText(value, vars);
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => fill(item, vars));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item ?? null, vars)]));
}

function valueAt(vars: Readonly<Record<string, Json>>, path: readonly string[]): Json | undefined {
  let value: Json | undefined = vars;
  for (const step of path) {
    const here: Json | undefined = value;
    if (!isJsonObject(here) || !Object.hasOwn(here, step)) return undefined;
    value = (here as JsonObject)[step];
  }
  return value;
}
