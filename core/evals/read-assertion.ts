import { isJsonObject, type Json } from '../../sdk/json.ts';
import { compileRegex } from '../policy/regex.ts';
import { compileExpression } from './expression.ts';
import { judgeOf, typeNamed } from './promptfoo.ts';
import { compileSchema } from './schema.ts';
import { type Assertion, assertionTypes } from './suite.ts';

/** Characters of an answer that patterns see. */
export const maxTextChars = 65_536;

/** Reads one assertion; gives what is wrong with it as a text. */
export function readAssertion(raw: Json): Assertion | string {
  if (!isJsonObject(raw) || typeof raw['type'] !== 'string') return 'expected an assertion with a type';
  const written = raw['type'];
  const not = written.startsWith('not-');
  const type = typeNamed(not ? written.slice(4) : written, assertionTypes);
  if (type === undefined) {
    return `assertion "${written}" is not understood; known are ${assertionTypes.join(', ')}, each with not- in front too`;
  }
  const { value = null, threshold, weight } = raw;
  const assertion: Assertion = {
    type,
    not,
    value,
    threshold: typeof threshold === 'number' ? threshold : null,
    weight: typeof weight === 'number' && weight >= 0 ? weight : 1,
    reference: typeof raw['reference'] === 'string' ? raw['reference'] : null,
    judge: typeof raw['judge'] === 'string' ? raw['judge'] : judgeOf(raw['provider']),
  };
  const wrong = whatIsWrong(assertion);
  if (wrong !== null) return `assertion "${written}": ${wrong}`;
  for (const key of ['transform', 'contextTransform', 'config']) {
    if (raw[key] !== undefined) return `assertion "${written}": ${key} is not understood`;
  }
  return assertion;
}

function whatIsWrong({ type, value, threshold }: Assertion): string | null {
  const isText = typeof value === 'string';
  if (isText && /^(file|https?):\/\//.test(value) && type !== 'equals' && type !== 'contains')
    return 'files are not read';
  switch (type) {
    case 'contains-any':
    case 'contains-all':
    case 'icontains-any':
    case 'icontains-all':
      return Array.isArray(value) && value.every((one) => typeof one === 'string')
        ? null
        : 'expected a list of texts';
    case 'regex': {
      if (!isText) return 'expected a pattern';
      const compiled = compileRegex({ source: value, flags: 'u' }, maxTextChars);
      return compiled.ok ? null : compiled.message;
    }
    case 'jsonata': {
      if (!isText) return 'expected an expression';
      const compiled = compileExpression(value);
      return compiled.ok ? null : compiled.message;
    }
    case 'is-json':
    case 'contains-json':
      return value === null || isJsonObject(value) ? compileWrong(value) : 'expected a schema, or nothing';
    case 'json-schema':
      return isJsonObject(value) ? compileWrong(value) : 'expected a schema';
    case 'cost':
    case 'latency':
      return threshold !== null && threshold >= 0 ? null : 'expected a threshold';
    case 'equals':
      return value === null ? 'expected a value' : null;
    default:
      return isText || typeof value === 'number' ? null : 'expected a text';
  }
}

function compileWrong(value: Json): string | null {
  if (!isJsonObject(value)) return null;
  try {
    compileSchema(value);
    return null;
  } catch (error) {
    return `the schema cannot be used (${(error as Error).message})`;
  }
}
