import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import type { JsonSchema } from '../../sdk/plugin.ts';
import type { Problem } from '../problem.ts';
import { parseYaml, type YamlDocument } from '../yaml/document.ts';
import type { Path } from '../yaml/place.ts';
import { compileValidator, type Validator } from '../yaml/validate.ts';
import type { Expect, Given, PolicyCase } from './case.ts';
import { caseSchema, givenSchema, listSchema, tableSchema } from './case-schema.ts';

/** The cases of a file, and everything that is wrong with it. Where there are problems, cases may be missing. */
export interface ReadCases {
  readonly cases: readonly PolicyCase[];
  readonly problems: readonly Problem[];
}

/** What a reply may be; exactly one of these. `status` and `json` are one form together. */
const replyForms = ['text', 'chunks', 'tool', 'fail', 'raw'] as const;

const validators = new Map<JsonSchema, Validator>();

function validatorOf(schema: JsonSchema): Validator {
  let known = validators.get(schema);
  if (known === undefined) {
    known = compileValidator(schema);
    validators.set(schema, known);
  }
  return known;
}

/**
 * Reads a `*.policy.test.yaml`. Each of its documents is one case, a list of cases, or a table: `given` that all
 * cases share and `cases`, each with what differs. Unknown keys are refused. Never throws.
 */
export function readCases(text: string, file: string): ReadCases {
  const cases: PolicyCase[] = [];
  const problems: Problem[] = [];
  for (const part of documentsIn(text)) {
    const document = parseYaml(part, file);
    problems.push(...document.problems);
    if (document.value === undefined || document.value === null) continue;
    const read = readDocument(document, document.value);
    cases.push(...read.cases);
    problems.push(...read.problems);
  }
  const seen = new Map<string, PolicyCase>();
  for (const one of cases) {
    const first = seen.get(one.name);
    if (first === undefined) seen.set(one.name, one);
    else {
      const message = `a second case named "${one.name}"; the first is on line ${first.place.line}`;
      problems.push({ file, ...one.place, severity: 'error', message });
    }
  }
  return { cases, problems };
}

/** Reads facts that stand by themselves, such as a recorded request. */
export function readGiven(document: YamlDocument): { given: Given; problems: readonly Problem[] } {
  const { value, problems } = validatorOf(givenSchema)(document.value ?? {}, { document });
  const all = [...document.problems, ...problems];
  if (all.length > 0) return { given: {}, problems: all };
  return { given: value as Given, problems: checkReplies(value as JsonObject, document, []) };
}

/** The YAML documents of a file, each behind as many empty lines as come before it: places stay right. */
function documentsIn(text: string): string[] {
  // At the start of a line "---" always ends a document, inside block texts too.
  const lines = text.split('\n');
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at <= lines.length; at++) {
    const line = lines[at];
    if (line !== undefined && !/^---(\s|$)/.test(line)) continue;
    const own = lines.slice(start, at);
    if (own.some((one) => !/^\s*(#|$)/.test(one))) parts.push('\n'.repeat(start) + own.join('\n'));
    if (line !== undefined) lines[at] = line.replace('---', '   ');
    start = at;
  }
  return parts;
}

function readDocument(document: YamlDocument, value: Json): ReadCases {
  const isTable = isJsonObject(value) && value['cases'] !== undefined;
  const schema = Array.isArray(value) ? listSchema : isTable ? tableSchema : caseSchema;
  const checked = validatorOf(schema)(value, { document });
  if (checked.problems.length > 0) return { cases: [], problems: checked.problems };
  const problems: Problem[] = [];
  const toCase = (raw: Json, path: Path, shared: JsonObject): PolicyCase => {
    const { name, given = {}, expect, skip } = raw as JsonObject;
    problems.push(...checkReplies(given as JsonObject, document, [...path, 'given']));
    return {
      file: document.file,
      place: document.position(path),
      name: name as string,
      given: merge(shared, given as JsonObject) as Given,
      expect: expect as Expect,
      skip: skip === undefined || skip === false ? null : skip === true ? 'skip: true' : (skip as string),
    };
  };
  if (Array.isArray(checked.value)) {
    const cases = (checked.value as readonly Json[]).map((one, i) => toCase(one, [i], {}));
    return { cases, problems };
  }
  const top = checked.value as JsonObject;
  if (!isTable) return { cases: [toCase(top, [], {})], problems };
  const shared = (top['given'] ?? {}) as JsonObject;
  problems.push(...checkReplies(shared, document, ['given']));
  const cases = (top['cases'] as readonly Json[]).map((one, i) => toCase(one, ['cases', i], shared));
  return { cases, problems };
}

function checkReplies(given: JsonObject, document: YamlDocument, at: Path): Problem[] {
  const replies = (given['upstream'] ?? []) as readonly JsonObject[];
  return replies.flatMap((reply, i): Problem[] => {
    const isRaw = reply['status'] !== undefined || reply['json'] !== undefined;
    const forms = replyForms.filter((form) => (form === 'raw' ? isRaw : reply[form] !== undefined));
    if (forms.length === 1) return [];
    const place = document.position([...at, 'upstream', i]);
    const came = forms.length === 0 ? 'none of them' : forms.join(' and ').replace('raw', 'status');
    const message = `upstream[${i}]: expected one of text, chunks, tool, fail or status with json; came ${came}`;
    return [{ file: document.file, ...place, severity: 'error', message }];
  });
}

/** Objects are joined key by key; anything else is replaced. */
export function merge(base: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isJsonObject(before) && isJsonObject(value) ? merge(before, value) : value;
  }
  return merged;
}
