import { Ajv, type ErrorObject } from 'ajv';
import { parseDurationMs, parseNanoUsd, parseSizeBytes } from '../config/units.ts';

/** The formats beyond JSON Schema: what people write, and how it is read. */
export const unitFormats = {
  duration: parseDurationMs,
  size: parseSizeBytes,
  money: parseNanoUsd,
} as const satisfies Record<string, (text: unknown) => number>;

/** What `convert` in a schema turns a value into. */
const conversions: Readonly<Record<string, (value: unknown) => number>> = {
  ms: parseDurationMs,
  bytes: parseSizeBytes,
  nano_usd: parseNanoUsd,
};

function accepts(parse: (text: unknown) => number): (text: string) => boolean {
  return (text) => {
    try {
      parse(text);
      return true;
    } catch {
      return false;
    }
  };
}

let shared: Ajv | undefined;

/** One instance for all schemas: making one costs as much as compiling dozens of them. */
export function sharedAjv(): Ajv {
  if (shared) return shared;
  shared = new Ajv({
    allErrors: true,
    // Each schema sees a few files: making its code shorter takes longer than running it.
    code: { optimize: false },
    verbose: true,
    useDefaults: true,
    strict: true,
    // `type: [string, number]` is how money is declared; the type checks on keywords add nothing here.
    allowUnionTypes: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    addUsedSchema: false,
    // Formats that only other schemas use must not stop this one: unknown names are refused by strict mode.
    formats: Object.fromEntries(
      Object.entries(unitFormats).map(([name, parse]) => [
        name,
        { type: 'string', validate: accepts(parse) },
      ]),
    ),
  });
  shared.addFormat('uri', { type: 'string', validate: (text: string) => URL.canParse(text) });
  shared.addKeyword({
    keyword: 'convert',
    schemaType: 'string',
    modifying: true,
    errors: 'full',
    metaSchema: { enum: Object.keys(conversions) },
    compile(unit: string) {
      const convert = conversions[unit]!;
      const validate = (
        value: unknown,
        at?: { parentData: unknown; parentDataProperty: string | number },
      ) => {
        try {
          const holder = at?.parentData as Record<string | number, unknown> | undefined;
          if (holder) holder[at!.parentDataProperty] = convert(value);
          return true;
        } catch (error) {
          validate.errors = [{ keyword: 'convert', message: (error as Error).message, params: {} }];
          return false;
        }
      };
      validate.errors = [] as Partial<ErrorObject>[];
      return validate;
    },
  });
  return shared;
}
