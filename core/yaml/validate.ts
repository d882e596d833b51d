import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Json } from '../../sdk/json.ts';
import type { JsonSchema } from '../../sdk/plugin.ts';
import type { Problem } from '../problem.ts';
import { sharedAjv } from './ajv.ts';
import { closeObjects } from './closed.ts';
import type { YamlDocument } from './document.ts';
import { explainErrors } from './explain.ts';
import { type Path, pointerPath } from './place.ts';

/** Which part of which file is validated, and what may be said about it. */
export interface ValidateOptions {
  readonly document: Pick<YamlDocument, 'file' | 'position'>;
  /** Path of the value within the document; the top by default. */
  readonly at?: Path;
  /** Keys that are handled elsewhere and still are good suggestions for a mistyped one. */
  readonly alsoKnown?: readonly string[];
  /**
   * What to print in place of a value, for values that must not be seen (secrets) or were written as something
   * else (references).
   */
  readonly show?: (path: Path) => string | undefined;
  /** Texts that came from references: they may stand for a number or true/false where the schema wants one. */
  readonly isReference?: (path: Path) => boolean;
}

/** The value with defaults applied and units converted, and everything that is wrong with it. */
export interface Validated {
  readonly value: Json;
  readonly problems: readonly Problem[];
}

/** Validates values against one compiled schema. */
export type Validator = (value: Json, options: ValidateOptions) => Validated;

/**
 * Compiles a schema once, for any number of values; keep the result, since what was compiled stays in memory.
 * Beyond JSON Schema: the formats `duration`, `size` and `money` (texts like `30s`, `20mb`, `$20`, passed on as
 * written), and `convert: ms | bytes | nano_usd` which turns such a text into a number. Objects with `properties`
 * refuse unknown keys.
 *
 * @throws {Error} when the schema itself is wrong.
 */
export function compileValidator(schema: JsonSchema): Validator {
  const validate: ValidateFunction = sharedAjv().compile(closeObjects(schema));
  return (value, options) => {
    const { document, at = [] } = options;
    let copy = mutableCopy(value);
    let good = validate(copy);
    if (!good && options.isReference) {
      const patched = readReferences(value, validate.errors ?? [], at, options.isReference);
      if (patched !== undefined) {
        copy = mutableCopy(patched);
        good = validate(copy);
      }
    }
    if (good) return { value: copy, problems: [] };
    const problems = explainErrors(validate.errors ?? [], options).map(({ path, part, message }): Problem => {
      const full = [...at, ...path];
      return { file: document.file, ...document.position(full, part), severity: 'error', message };
    });
    return { value: copy, problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
  };
}

/** Ajv writes defaults and conversions into the value it checks; the caller's own stays as it is. */
function mutableCopy(value: Json): Json {
  return structuredClone(value);
}

/** A copy in which texts from references are numbers or booleans where those were expected; undefined if none is. */
function readReferences(
  value: Json,
  errors: readonly ErrorObject[],
  at: Path,
  isReference: (path: Path) => boolean,
): Json | undefined {
  const copy = { top: mutableCopy(value) };
  let changed = false;
  for (const error of errors) {
    if (error.keyword !== 'type') continue;
    const path = pointerPath(error.instancePath);
    const meant =
      typeof error.data === 'string' ? meantBy(error.data, String(error.params['type'])) : undefined;
    if (meant === undefined || !isReference([...at, ...path])) continue;
    let holder = copy as unknown as Record<string | number, unknown>;
    let last: string | number = 'top';
    for (const step of path) {
      holder = holder[last] as Record<string | number, unknown>;
      last = step;
    }
    holder[last] = meant;
    changed = true;
  }
  return changed ? copy.top : undefined;
}

function meantBy(text: string, types: string): number | boolean | undefined {
  if (/integer|number/.test(types) && /^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return undefined;
}
