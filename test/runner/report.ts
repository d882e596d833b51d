import { inspect } from 'node:util';
import type { FileResult } from './file.ts';

/** `ok   test/x.test.ts  12 tests, 340 ms`, and a line for each test that was left out. */
export function fileLine({ file, ok, passed, failed, skipped, durationMs }: FileResult): string {
  const tests = passed + failed;
  const head = `${ok ? 'ok  ' : 'FAIL'} ${file}  ${tests} test${tests === 1 ? '' : 's'}, ${Math.round(durationMs)} ms\n`;
  return head + skipped.map((reason) => `     skipped: ${reason}\n`).join('');
}

/** Everything that a file's failure says: each test with tap's details, how the process ended, what it printed. */
export function failureText({ file, ok, failures, end, output }: FileResult): string {
  if (ok) return '';
  const parts = failures.map(({ name, details }) => {
    const text = inspect(details, { depth: 8, maxStringLength: 4_000, breakLength: 110 });
    return `  not ok: ${name}\n${text.replaceAll(/^/gm, '    ')}\n`;
  });
  if (end !== undefined) parts.push(`  the process: ${end}\n`);
  if (output.trim() !== '') parts.push(`  it printed:\n${output.trimEnd().replaceAll(/^/gm, '    ')}\n`);
  return `\nFAIL ${file}\n${parts.join('')}`;
}

/** `N passed, N failed, N skipped`. A file that broke without a failing test counts as one failure. */
export function summaryLine(results: readonly FileResult[]): string {
  let [passed, failed, skipped] = [0, 0, 0];
  for (const result of results) {
    passed += result.passed;
    failed += result.ok ? 0 : Math.max(1, result.failed);
    skipped += result.skipped.length;
  }
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
