/**
 * Several test files as one process, one after the other: `node test/runner/batch.ts FILE…`. Each file finds the process
 * as it would be alone: its own fixture folder, its own time limit, and what it hands to `t.teardown` is done when its
 * tests are. A last test of each, named by `endOf`, says so to who reads the output.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { endOf } from './end-of.ts';

const limitMs = Number(process.env['TAP_TIMEOUT'] ?? 30) * 1000;

for (const file of process.argv.slice(2)) {
  t.setTimeout(limitMs);
  t.testdirName = resolve('.tap/fixtures', file.replaceAll(/[^\w.-]+/g, '-'));
  const undo: (() => unknown)[] = [];
  t.teardown = (step: () => unknown) => undo.unshift(step);
  await import(pathToFileURL(file).href);
  await t.test(endOf(file), async () => {
    for (const step of undo) await step();
  });
}
