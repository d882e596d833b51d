import { Ajv, type ValidateFunction } from 'ajv';
import type { JsonObject } from '../../sdk/json.ts';
import { LinearRegExp } from '../program/match-regexp.ts';

/** Models write what patterns of a schema are held against: the engine takes linear time. */
const linear = Object.assign(
  (source: string, flags: string) => new LinearRegExp(new RegExp(source, flags)) as unknown as RegExp,
  { code: 'linear' },
);

const compiled = new WeakMap<JsonObject, ValidateFunction>();

/** @throws Error where the schema itself is wrong. */
export function compileSchema(schema: JsonObject): ValidateFunction {
  let found = compiled.get(schema);
  if (found === undefined) {
    // One instance each: schemas of two cases may have the same `$id`.
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, code: { regExp: linear } });
    found = ajv.compile(schema);
    compiled.set(schema, found);
  }
  return found;
}
