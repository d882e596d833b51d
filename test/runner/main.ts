/**
 * `npm run test:unit [-- part-of-a-path …]`: runs every `test/**\/*.test.ts` in processes of their own, one more
 * at once than there are cores (many wait for something). What failed is told at once and again at the end: of a long
 * log often only one of the two is kept.
 *
 * The files are plain tap programs. tap's own runner starts each behind a loader for coverage and compilers
 * that costs a second a file and that nothing here needs.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Batch, batchesOf, batchOf } from './batches.ts';
import { type FileResult, runBatch } from './file.ts';
import { failureText, fileLine, summaryLine } from './report.ts';
import { scratchFolder } from './scratch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Files that start processes and servers take longest; they go first so that none is left over at the end. */
const SLOW_FIRST = [
  /^test\/(?:drills|deploy|core\/stores|core\/sandbox)\//,
  /^test\/(?:flow|docs|clients|agents)\//,
  /^test\/(?:providers|faults|core\/policy)\//,
];

const rank = (file: string): number => {
  const at = SLOW_FIRST.findIndex((pattern) => pattern.test(file));
  return at < 0 ? SLOW_FIRST.length : at;
};

/** Test files below `test/` whose path contains one of `parts` (all where none is given), slow ones first. */
function testFiles(parts: readonly string[]): string[] {
  return globSync('test/**/*.test.ts', { cwd: root, exclude: (name) => name === 'node_modules' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** More files than this that fail are no accident of the machine. */
const MAX_RETRIES = 3;

/** All results of `batch`. Files behind one that broke the process have another. */
async function runAll(batch: Batch, report: (result: FileResult) => void): Promise<void> {
  const left = await runBatch(root, batch, report);
  if (left.length > 0) await runAll(batchOf(root, left), report);
}

/**
 * Runs what failed once more, alone: a drill that was starved by its neighbours says nothing about the product. What
 * passes then counts as passed and is reported as flaky, with all that its failure said, so that somebody mends it.
 */
async function tryAlone(results: FileResult[]): Promise<void> {
  const failed = results.filter(({ ok }) => !ok);
  if (failed.length > MAX_RETRIES) return;
  for (const first of failed) {
    const again: FileResult[] = [];
    for (const file of first.batch.files) {
      await runAll(batchOf(root, [file]), (result) => {
        process.stdout.write(fileLine(result) + failureText(result));
        again.push(result);
      });
    }
    // Where several are run again, those that pass have been counted before.
    const counted = again.filter(({ ok }) => first.batch.files.length === 1 || !ok);
    results.splice(results.indexOf(first), 1, ...counted);
    if (again.some(({ ok }) => !ok)) continue;
    process.stdout.write(failureText(first).replace('FAIL', 'FLAKY (passed alone, mend it)'));
  }
}

/** Minutes of a real browser: only when they are asked for, by `npm run test:browser` or by their paths. */
const IN_A_BROWSER = /\.browser\.test\.ts$/;

async function main(): Promise<number> {
  const parts = process.argv.slice(2).map((part) => relative(root, part) || part);
  const found = testFiles(parts);
  const files = parts.length > 0 ? found : found.filter((file) => !IN_A_BROWSER.test(file));
  if (files.length < found.length) {
    process.stdout.write(
      `skipped: ${found.length - files.length} files for a browser, npm run test:browser\n`,
    );
  }
  if (files.length === 0) {
    process.stdout.write(`no test file's path contains ${process.argv.slice(2).join(' or ')}\n`);
    return 1;
  }
  const scratch = scratchFolder();
  process.env['TMPDIR'] = scratch;
  process.env['SLUICE_TEST_POSTGRES'] = join(scratch, 'postgres');
  const results: FileResult[] = [];
  const queue = batchesOf(root, files).values();
  const worker = async () => {
    for (const batch of queue) {
      await runAll(batch, (result) => {
        results.push(result);
        process.stdout.write(fileLine(result) + failureText(result));
      });
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) + 1 }, worker));
  await tryAlone(results);
  for (const result of results) process.stdout.write(failureText(result));
  process.stdout.write(`${summaryLine(results)}\n`);
  return results.every((result) => result.ok) ? 0 : 1;
}

process.exitCode = await main();
