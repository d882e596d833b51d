import { isJsonObject, type Json } from '../../sdk/json.ts';
import type { Api } from '../../sdk/view.ts';
import { ProblemsError } from '../problem.ts';
import { documentOf, parseYaml } from '../yaml/document.ts';
import type { Given } from './case.ts';
import { givenSchema } from './case-schema.ts';
import { readGiven } from './cases.ts';

/** Facts that no API has as a field of its body. `user` is both: the body's own is taken for the user. */
const factNames = Object.keys(givenSchema.properties).filter((name) => name !== 'request');

/**
 * Reads a request from a file: the `given` of a case (it has `request`), or a request body, perhaps with facts such as
 * `tenant` beside its own fields.
 *
 * @throws ProblemsError where the file is neither.
 */
export function givenOfRequest(text: string, file: string): Given {
  const document = parseYaml(text, file);
  const { value } = document;
  if (value === undefined) throw new ProblemsError(document.problems);
  if (!isJsonObject(value)) {
    const message = 'expected a request body, or facts with "request"; came no object';
    throw new ProblemsError([{ file, line: 1, column: 1, severity: 'error', message }]);
  }
  if (value['request'] !== undefined) return checked(document);
  const facts: Record<string, Json | undefined> = {};
  const body: Record<string, Json | undefined> = {};
  for (const [name, one] of Object.entries(value)) {
    if (factNames.includes(name)) facts[name] = one;
    if (name === 'user' || !factNames.includes(name)) body[name] = one;
  }
  const request = { api: apiOf(body), body } as Json;
  return checked({
    ...documentOf({ ...facts, request }, file),
    problems: document.problems,
    position: document.position,
  });
}

function checked(document: ReturnType<typeof parseYaml>): Given {
  const { given, problems } = readGiven(document);
  if (problems.length > 0) throw new ProblemsError(problems);
  return given;
}

/** Which API a body is of, by the field that holds its content. */
function apiOf(body: Readonly<Record<string, Json | undefined>>): Api {
  if (body['messages'] !== undefined) return 'chat';
  if (body['prompt'] !== undefined) return 'completions';
  return body['input'] === undefined ? 'chat' : 'embeddings';
}
