import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of one process, and what it is called. */
export interface Batch {
  readonly name: string;
  readonly files: readonly string[];
}

const maxFiles = 12;

/**
 * Tests of pure code may share a process: half of what such a file takes is the start of one. Whoever writes files,
 * starts something or looks at the process as a whole has one of its own.
 */
const ownProcess =
  /testdir|process\.|setTimeout|setInterval|Worker|spawn|exec[FS(]|createServer|listen\(|globalThis|serve|mkdtemp|SharedArrayBuffer/;
const pure = /^test\/(?:sdk|plugins|core\/(?!stores|sandbox|policy-test|cli|runtime|server))/;

/** Puts files together that may share a process, neighbours first; the order stays otherwise. */
export function batchesOf(root: string, files: readonly string[]): Batch[] {
  const batches: Batch[] = [];
  let group: string[] = [];
  const close = () => {
    const [first] = group;
    if (first === undefined) return;
    batches.push({
      name: group.length === 1 ? first : `${first} and ${group.length - 1} more`,
      files: group,
    });
    group = [];
  };
  for (const file of files) {
    const shares = pure.test(file) && !ownProcess.test(readFileSync(join(root, file), 'utf8'));
    if (!shares) {
      batches.push({ name: file, files: [file] });
      continue;
    }
    group.push(file);
    if (group.length === maxFiles) close();
  }
  close();
  return batches;
}
