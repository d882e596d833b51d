import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import { merge } from '../policy-test/cases.ts';
import { type Problem, ProblemsError } from '../problem.ts';
import { parseYaml, type YamlDocument } from '../yaml/document.ts';
import { type Path, showPath } from '../yaml/place.ts';
import { judgeOf, modelOfProvider } from './promptfoo.ts';
import { readAssertion } from './read-assertion.ts';
import type { Assertion, EvalCase, Message, NotUnderstood, Suite } from './suite.ts';
import { fill, TemplateError } from './template.ts';

/** More questions than this are a mistake of a matrix. */
const maxCases = 2000;
const maxRepeat = 100;

export interface ReadSuite {
  readonly suite: Suite;
  readonly notUnderstood: readonly NotUnderstood[];
}

/** Fields of promptfoo that name no test of ours and change no verdict. */
const passedOver = [
  '$schema',
  'env',
  'tags',
  'metadata',
  'outputPath',
  'sharing',
  'commandLineOptions',
  'derivedMetrics',
];
const suiteKeys = [
  'description',
  'prompts',
  'providers',
  'targets',
  'models',
  'tests',
  'defaultTest',
  'repeat',
  'threshold',
  'judge',
  'evaluateOptions',
  'params',
];
const testKeys = [
  'description',
  'name',
  'vars',
  'assert',
  'threshold',
  'messages',
  'prompt',
  'params',
  'options',
  'metadata',
];

/**
 * Reads a suite: our own fields, and the common ones of promptfoo. What is not understood is left out and named.
 *
 * @throws ProblemsError where it is no suite, or nothing would be asked.
 */
export function readSuite(text: string, file: string): ReadSuite {
  const document = parseYaml(text, file);
  const { value } = document;
  if (value === undefined) throw new ProblemsError(document.problems);
  if (!isJsonObject(value) || !Array.isArray(value['tests'])) {
    throw new ProblemsError([problem(document, ['tests'], 'expected a suite with a list of tests')]);
  }
  const notUnderstood: NotUnderstood[] = [];
  const note = (path: Path, message: string) =>
    notUnderstood.push({
      file,
      ...document.position(path, typeof path.at(-1) === 'number' ? 'value' : 'key'),
      message,
    });
  for (const key of Object.keys(value)) {
    if (!suiteKeys.includes(key) && !passedOver.includes(key))
      note([key], `${key}: not understood; it is left out`);
  }
  const reader: Reader = { document, top: value, note, problems: [] };
  const cases = readCases(reader);
  if (cases.length === 0 && reader.problems.length === 0) {
    reader.problems.push(problem(document, ['tests'], 'expected at least one test'));
  }
  if (reader.problems.length > 0) throw new ProblemsError(reader.problems);
  const options = isJsonObject(value['evaluateOptions']) ? value['evaluateOptions'] : {};
  return {
    suite: {
      description: typeof value['description'] === 'string' ? value['description'] : '',
      models: readModels(reader),
      cases,
      repeat: Math.min(maxRepeat, whole(value['repeat'] ?? options['repeat']) ?? 1),
      threshold: share(value['threshold']) ?? 1,
      judge: typeof value['judge'] === 'string' ? value['judge'] : graderOf(value['defaultTest']),
    },
    notUnderstood: notUnderstood.toSorted((a, b) => a.line - b.line),
  };
}

interface Reader {
  readonly document: YamlDocument;
  readonly top: JsonObject;
  readonly note: (path: Path, message: string) => void;
  readonly problems: Problem[];
}

function problem(document: YamlDocument, path: Path, message: string): Problem {
  return { file: document.file, ...document.position(path), severity: 'error', message };
}

function readModels({ top, note }: Reader): string[] {
  const key = ['models', 'providers', 'targets'].find((name) => top[name] !== undefined);
  if (key === undefined) return [];
  const list = Array.isArray(top[key]) ? (top[key] as readonly Json[]) : [top[key] ?? null];
  return list.flatMap((item, index) => {
    const id = typeof item === 'string' ? item : isJsonObject(item) ? item['id'] : undefined;
    const model = typeof id === 'string' ? modelOfProvider(id) : null;
    if (model === null)
      note(
        [key, index],
        `${key}[${index}]: expected an alias, provider/model or provider:model; it is left out`,
      );
    if (isJsonObject(item) && item['config'] !== undefined) {
      note(
        [key, index, 'config'],
        `${key}[${index}].config: not carried out; the gateway and its policies say how models are asked (params sets fields of the body)`,
      );
    }
    return model === null ? [] : [model];
  });
}

function readCases(reader: Reader): EvalCase[] {
  const { top, document, note, problems } = reader;
  const shared = isJsonObject(top['defaultTest']) ? top['defaultTest'] : {};
  const sharedAssertions = assertionsOf(shared['assert'], ['defaultTest', 'assert'], note);
  noteOptions(shared, ['defaultTest'], note);
  const prompts = promptsOf(top['prompts'], ['prompts'], note);
  const cases: EvalCase[] = [];
  for (const [index, raw] of (top['tests'] as readonly Json[]).entries()) {
    const path = ['tests', index];
    if (!isJsonObject(raw)) {
      note(path, `tests[${index}]: expected a test; files are not read; it is left out`);
      continue;
    }
    for (const key of Object.keys(raw)) {
      if (!testKeys.includes(key))
        note([...path, key], `tests[${index}].${key}: not understood; it is left out`);
    }
    noteOptions(raw, path, note);
    const test = merge(shared, raw);
    const grader = graderOf(test);
    const all = [...sharedAssertions, ...assertionsOf(raw['assert'], [...path, 'assert'], note)];
    const assertions = grader === null ? all : all.map((one) => ({ ...one, judge: one.judge ?? grader }));
    const own = raw['messages'] ?? raw['prompt'];
    const templates = own === undefined ? prompts : promptsOf([own], path, note);
    if (templates.length === 0)
      problems.push(
        problem(document, path, 'expected prompts in the suite, or a prompt or messages in the test'),
      );
    const params = merge(
      isJsonObject(top['params']) ? top['params'] : {},
      isJsonObject(raw['params']) ? raw['params'] : {},
    );
    const sets = combinations(isJsonObject(test['vars']) ? test['vars'] : {});
    for (const [at, template] of templates.entries()) {
      for (const [which, vars] of sets.entries()) {
        const title = raw['description'] ?? raw['name'];
        const base = typeof title === 'string' ? title : `test ${index + 1}`;
        const suffix = [
          templates.length > 1 ? `prompt ${at + 1}` : '',
          sets.length > 1 ? `vars ${which + 1}` : '',
        ].filter(Boolean);
        try {
          cases.push({
            name: suffix.length === 0 ? base : `${base} (${suffix.join(', ')})`,
            messages: fill(template, vars) as readonly Message[],
            params,
            vars,
            assertions: assertions.map((one) => filled(one, vars)),
            threshold: share(test['threshold']),
          });
        } catch (error) {
          if (!(error instanceof TemplateError)) throw error;
          problems.push(problem(document, path, error.message));
        }
        if (cases.length > maxCases)
          throw new ProblemsError([problem(document, path, `expected at most ${maxCases} cases`)]);
      }
    }
  }
  return named(cases);
}

/** Who grades, as promptfoo writes it: `options.provider`. */
function graderOf(test: Json | undefined): string | null {
  const options = isJsonObject(test) ? test['options'] : undefined;
  return isJsonObject(options) ? judgeOf(options['provider']) : null;
}

/** Names what of a test's `options` would change a verdict and is not carried out. */
function noteOptions({ options }: JsonObject, path: Path, note: Reader['note']): void {
  if (!isJsonObject(options)) return;
  for (const key of Object.keys(options)) {
    if (key !== 'provider')
      note(
        [...path, 'options', key],
        `${showPath([...path, 'options', key])}: not carried out; it is left out`,
      );
  }
}

/** Cases are compared by name from run to run: two of one name get numbers. */
function named(cases: readonly EvalCase[]): EvalCase[] {
  const seen = new Map<string, number>();
  return cases.map((one) => {
    const count = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, count);
    return count === 1 ? one : { ...one, name: `${one.name} #${count}` };
  });
}

function filled(one: Assertion, vars: Readonly<Record<string, Json>>): Assertion {
  // A pattern, an expression or a schema may have braces of its own.
  const isCode = ['regex', 'jsonata', 'json-schema', 'is-json', 'contains-json'].includes(one.type);
  return {
    ...one,
    value: isCode ? one.value : fill(one.value, vars),
    reference: one.reference === null ? null : (fill(one.reference, vars) as string),
  };
}

function assertionsOf(raw: Json | undefined, path: Path, note: Reader['note']): Assertion[] {
  if (raw === undefined) return [];
  const list = Array.isArray(raw) ? (raw as readonly Json[]) : [raw];
  return list.flatMap((item, index) => {
    const read = readAssertion(item);
    if (typeof read !== 'string') return [read];
    note([...path, index], `${read}; it is left out`);
    return [];
  });
}

/** Each prompt as a list of messages. */
function promptsOf(raw: Json | undefined, path: Path, note: Reader['note']): Json[] {
  const list = raw === undefined ? [] : Array.isArray(raw) ? (raw as readonly Json[]) : [raw];
  return list.flatMap((item, index): Json[] => {
    const prompt =
      isJsonObject(item) && item['role'] === undefined ? (item['raw'] ?? item['messages'] ?? null) : item;
    if (Array.isArray(prompt)) return [prompt];
    if (
      typeof prompt !== 'string' ||
      /^(file|https?):\/\//.test(prompt) ||
      /^[\w./-]+\.(txt|json|ya?ml|js|py)$/.test(prompt)
    ) {
      note(
        [...path, index],
        'a prompt is a text or a list of messages here; files are not read; it is left out',
      );
      return [];
    }
    return [messagesOf(prompt)];
  });
}

/** promptfoo's chat prompts are JSON in a text. */
function messagesOf(text: string): Json {
  if (text.trimStart().startsWith('[')) {
    try {
      const value = JSON.parse(text) as Json;
      if (Array.isArray(value) && value.every((one) => isJsonObject(one) && typeof one['role'] === 'string'))
        return value;
    } catch {
      // A text that begins with a bracket.
    }
  }
  return [{ role: 'user', content: text }];
}

/** Lists among the variables stand for one test each, as in promptfoo. */
function combinations(vars: JsonObject): Readonly<Record<string, Json>>[] {
  let sets: Record<string, Json>[] = [{}];
  for (const [name, value] of Object.entries(vars)) {
    const values = Array.isArray(value) ? (value as readonly Json[]) : [value ?? null];
    sets = sets.flatMap((set) => values.map((one) => ({ ...set, [name]: one })));
    if (sets.length > maxCases) return sets.slice(0, maxCases + 1);
  }
  return sets;
}

function whole(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 ? value : null;
}

function share(value: Json | undefined): number | null {
  return typeof value === 'number' && value >= 0 && value <= 1 ? value : null;
}
