import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Test files that share a process, and what it is called. */
export interface Batch {
  readonly name: string;
  readonly files: readonly string[];
  /** Some of them test properties. */
  readonly properties: boolean;
}

const maxFiles = 20;

/**
 * Most of what a small test file takes is the start of a process and the load of the gateway's modules, so files share
 * both. Whoever starts something, or looks at the process as a whole, has one of its own; so has who gives the root
 * test hooks, which would hold for its neighbours too.
 */
const ownProcess =
  /\bprocess\.(?!ts\b)|new Worker|spawn|execF|serveProcess|globalThis|SharedArrayBuffer|mockImport|\bgc\(|^t\.(?:before|after|setTimeout|jobs|plan)/m;
const shared =
  /^test\/(?:sdk|plugins|flow|providers|faults|docs|bench|arch|playground|core\/(?!stores|sandbox|cluster))/;

const asksProperties = /fast-check|onformance|_arbitrary|properties\.ts/;

/** The given files as one process. */
export function batchOf(root: string, files: readonly string[]): Batch {
  const [first = ''] = files;
  return {
    name: files.length === 1 ? first : `${first} and ${files.length - 1} more`,
    files,
    properties: files.some((file) => asksProperties.test(readFileSync(join(root, file), 'utf8'))),
  };
}

/** Puts files together that may share a process, neighbours first; the order stays otherwise. */
export function batchesOf(root: string, files: readonly string[]): Batch[] {
  const batches: Batch[] = [];
  let group: string[] = [];
  const close = () => {
    if (group.length > 0) batches.push(batchOf(root, group));
    group = [];
  };
  for (const file of files) {
    if (!shared.test(file) || ownProcess.test(readFileSync(join(root, file), 'utf8'))) {
      batches.push(batchOf(root, [file]));
      continue;
    }
    group.push(file);
    if (group.length === maxFiles) close();
  }
  close();
  return batches;
}
