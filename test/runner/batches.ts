import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of one process, and what it is called. */
export interface Batch {
  readonly name: string;
  readonly files: readonly string[];
  /** Some of them test properties. */
  readonly properties: boolean;
}

const maxFiles = 20;

/**
 * Tests of pure code may share a process: half of what such a file takes is the start of one. Whoever writes files,
 * starts something or looks at the process as a whole has one of its own.
 */
const ownProcess =
  /testdir|process\.|setTimeout|setInterval|Worker|spawn|exec[FS(]|createServer|listen\(|globalThis|serve[A-Z]|mkdtemp|SharedArrayBuffer/;
const pure = /^test\/(?:sdk|plugins|core\/(?!stores|sandbox|policy-test|cli|runtime|server))/;

/** Puts files together that may share a process, neighbours first; the order stays otherwise. */
export function batchesOf(root: string, files: readonly string[]): Batch[] {
  const batches: Batch[] = [];
  let group: string[] = [];
  let properties = false;
  const close = () => {
    const [first] = group;
    if (first === undefined) return;
    const name = group.length === 1 ? first : `${first} and ${group.length - 1} more`;
    batches.push({ name, files: group, properties });
    properties = false;
    group = [];
  };
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    const hasProperties = /fast-check|onformance|_arbitrary|properties\.ts/.test(text);
    if (!pure.test(file) || ownProcess.test(text)) {
      batches.push({ name: file, files: [file], properties: hasProperties });
      continue;
    }
    group.push(file);
    properties ||= hasProperties;
    if (group.length === maxFiles) close();
  }
  close();
  return batches;
}
