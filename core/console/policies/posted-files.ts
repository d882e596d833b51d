import { GatewayError } from '../../../sdk/errors.ts';
import { isJsonObject, type Json } from '../../../sdk/json.ts';
import { classify } from '../../program/file-kind.ts';

/** A file of the policies folder as the console has it. */
export interface PolicyText {
  readonly name: string;
  readonly text: string;
}

/** As large as the loader takes them. */
const maxFileBytes = 1_048_576;
const maxFiles = 500;
const maxNameChars = 128;
const namePattern = /^[A-Za-z0-9][\w.@+-]*$/;

/** Programs of their own: `sluice test` runs them with all rights, so they come from whoever may write to the disk. */
export function isTestScript(name: string): boolean {
  return /\.policy\.test\.[jt]s$/.test(name);
}

/**
 * The files of a request: the whole folder as it would be, without its subfolders and test scripts. No path is in a name:
 * each is a file that the loader takes, directly in the folder.
 *
 * @throws GatewayError 400 `invalid_request`, 413 `request_too_large`.
 */
export function readPosted(value: Json | undefined): readonly PolicyText[] {
  if (!Array.isArray(value)) throw refused('files', 'expected a list of { name, text }');
  if (value.length > maxFiles) throw refused('files', `expected at most ${maxFiles}; came ${value.length}`);
  const names = new Set<string>();
  return value.map((one, index) => {
    const where = `files[${index}]`;
    if (!isJsonObject(one)) throw refused(where, 'expected { name, text }');
    const { name, text } = one;
    if (typeof name !== 'string') throw refused(`${where}.name`, 'expected a text');
    if (typeof text !== 'string' || !text.isWellFormed()) {
      throw refused(`${where}.text`, 'expected a text in Unicode');
    }
    checkName(name, `${where}.name`);
    // Some file systems hold names that differ in case only for one file.
    const folded = name.toLowerCase();
    if (names.has(folded)) throw refused(`${where}.name`, `"${name}" is there twice`);
    names.add(folded);
    const bytes = Buffer.byteLength(text);
    if (bytes > maxFileBytes) {
      throw new GatewayError(
        'request_too_large',
        `${name}: expected at most ${maxFileBytes} bytes; came ${bytes}.`,
        { param: where },
      );
    }
    return { name, text };
  });
}

function checkName(name: string, where: string): void {
  const shown = JSON.stringify(name.slice(0, maxNameChars));
  if (name.length > maxNameChars || !namePattern.test(name)) {
    throw refused(
      where,
      `expected the name of a file directly in the folder, such as 40-lanes.policy.ts; came ${shown}`,
    );
  }
  const found = classify(name);
  if ('problem' in found) throw refused(where, found.problem);
  if (found.kind === 'ignored') throw refused(where, `${shown} is not part of a program`);
  if (isTestScript(name)) {
    throw refused(
      where,
      `${shown} is a program of its own, which the console neither runs nor writes; leave it out, the folder keeps its own`,
    );
  }
}

function refused(param: string, message: string): GatewayError {
  return new GatewayError('invalid_request', `${param}: ${message}.`, { param });
}
