import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { linearPatterns } from './linear-pattern.ts';
import type { Check, CheckResult, Mismatch } from './message.ts';

const maxMismatches = 10;
const maxMessageChars = 300;

const settings: Options = {
  allErrors: true,
  // Clients' schemas have keywords of their own, and formats that nobody promised to check.
  strict: false,
  validateFormats: false,
  logger: false,
  addUsedSchema: false,
  // A schema that names another one hundreds of times would be copied as often.
  inlineRefs: false,
  code: { regExp: linearPatterns as never },
};

/** Compiles schemas, keeps the ones used last, and checks texts against them. Takes as long as schema and text make it. */
export class Checker {
  readonly #maxSchemas: number;
  readonly #compiled = new Map<string, ValidateFunction | string>();
  #current: Ajv | null = null;
  #draft7: Ajv | null = null;

  constructor(maxSchemas: number) {
    this.#maxSchemas = maxSchemas;
  }

  check({ key, schema, text }: Check): CheckResult {
    const validate = this.#validatorOf(key, schema);
    if (typeof validate === 'string') return { kind: 'bad_schema', why: validate };
    if (text === null) return { kind: 'met' };
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return { kind: 'unmet', mismatches: [{ path: '', message: 'must be JSON', keyword: 'json' }] };
    }
    try {
      if (validate(value)) return { kind: 'met' };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return { kind: 'bad_schema', why: 'it refers to itself without end' };
    }
    const mismatches = (validate.errors ?? []).slice(0, maxMismatches).map(mismatchOf);
    validate.errors = null;
    return { kind: 'unmet', mismatches };
  }

  /** The compiled schema; a text says why there is none. */
  #validatorOf(key: string, schema: string): ValidateFunction | string {
    let found = this.#compiled.get(key);
    if (found !== undefined) this.#compiled.delete(key);
    else {
      found = this.#compile(schema);
      if (this.#compiled.size >= this.#maxSchemas) {
        const [oldest] = this.#compiled.keys();
        this.#compiled.delete(oldest!);
      }
    }
    this.#compiled.set(key, found);
    return found;
  }

  #compile(schema: string): ValidateFunction | string {
    const { $schema: draft, $id: _, ...own } = JSON.parse(schema) as Record<string, unknown>;
    const ajv = typeof draft === 'string' && /draft-0[4-7]/.test(draft) ? this.#old() : this.#new();
    try {
      return ajv.compile(own);
    } catch (error) {
      return error instanceof RangeError
        ? 'it refers to itself without end'
        : (error as Error).message.slice(0, maxMessageChars);
    } finally {
      ajv.removeSchema(own);
    }
  }

  #new(): Ajv {
    this.#current ??= new Ajv2020(settings) as unknown as Ajv;
    return this.#current;
  }

  #old(): Ajv {
    this.#draft7 ??= new Ajv(settings);
    return this.#draft7;
  }
}

function mismatchOf({ instancePath, message, keyword, params }: ErrorObject): Mismatch {
  const more = moreOf(params as Readonly<Record<string, unknown>>);
  return { path: instancePath, message: `${message}${more}`.slice(0, maxMessageChars), keyword };
}

function moreOf(params: Readonly<Record<string, unknown>>): string {
  const extra = params['additionalProperty'] ?? params['unevaluatedProperty'];
  if (extra !== undefined) return `: ${JSON.stringify(extra)}`;
  const allowed = params['allowedValues'] ?? params['allowedValue'];
  return allowed === undefined ? '' : `: ${JSON.stringify(allowed)}`;
}
