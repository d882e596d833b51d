import { formatProblem, type Problem } from '../problem.ts';
import type { Coverage } from './coverage.ts';
import { closingLine, reportCase, reportCoverage } from './report.ts';
import type { CaseResult, CaseStatus } from './run-case.ts';
import type { ScriptResult } from './test-script.ts';

/** Where a report is written. */
export interface Writer {
  out(text: string): void;
  err(text: string): void;
}

/** A case, a test in TypeScript, or a file that is not understood. */
export type TestResult =
  | CaseResult
  | ScriptResult
  | { readonly status: 'error'; readonly problems: readonly Problem[] };

/** Tells what came of the tests: for people while they run, for programs at the end. */
export interface TestReport {
  file(file: string, results: readonly CaseResult[], problems: readonly Problem[]): void;
  script(result: ScriptResult): void;
  broken(problems: readonly Problem[]): void;
  /** @returns the exit code */
  end(
    results: readonly TestResult[],
    coverage: Coverage | null,
    threshold: number | null,
    failOnEmpty: boolean,
  ): 0 | 1;
}

/** What is not fine about the run as a whole, besides tests that failed. */
function shortcomings(
  results: readonly { readonly status: CaseStatus }[],
  coverage: Coverage | null,
  threshold: number | null,
  failOnEmpty: boolean,
): string[] {
  const found: string[] = [];
  if (failOnEmpty && results.length === 0) found.push('there are no tests');
  if (coverage !== null && threshold !== null && coverage.percent < threshold) {
    found.push(`coverage ${coverage.percent} % is less than the threshold ${threshold} %`);
  }
  return found;
}

function isFine(results: readonly { readonly status: CaseStatus }[]): boolean {
  return results.every(({ status }) => status === 'pass' || status === 'skip');
}

/** Lines for people, file by file as they come. */
export class TextReport implements TestReport {
  readonly #writer: Writer;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  file(file: string, results: readonly CaseResult[], problems: readonly Problem[]): void {
    const lines = [
      file,
      ...results.flatMap(reportCase),
      ...problems.map((one) => `  ERROR   ${formatProblem(one)}`),
    ];
    this.#writer.out(`${lines.join('\n')}\n`);
  }

  script({ file, status, output }: ScriptResult): void {
    const lines = [file, `  ${status === 'pass' ? 'PASS' : 'FAIL'}    ${file}`];
    if (status === 'fail') lines.push(...output.map((line) => `            | ${line}`));
    this.#writer.out(`${lines.join('\n')}\n`);
  }

  broken(problems: readonly Problem[]): void {
    for (const problem of problems) this.#writer.err(`${formatProblem(problem)}\n`);
  }

  end(
    results: readonly TestResult[],
    coverage: Coverage | null,
    threshold: number | null,
    failOnEmpty: boolean,
  ): 0 | 1 {
    const missing = shortcomings(results, coverage, threshold, failOnEmpty);
    if (coverage !== null) this.#writer.out(`${reportCoverage(coverage).join('\n')}\n`);
    for (const one of missing) this.#writer.err(`sluice test: ${one}\n`);
    this.#writer.out(`${closingLine(results)}\n`);
    return isFine(results) && missing.length === 0 ? 0 : 1;
  }
}

/** One JSON object, at the end. */
export class JsonReport implements TestReport {
  readonly #writer: Writer;
  readonly #cases: object[] = [];
  readonly #problems: Problem[] = [];

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  file(file: string, results: readonly CaseResult[], problems: readonly Problem[]): void {
    for (const { of, status, notes, run } of results) {
      const trace = status === 'fail' && run !== null ? { trace: run.trace } : undefined;
      this.#cases.push({ file, line: of.place.line, name: of.name, status, notes, ...trace });
    }
    this.#problems.push(...problems);
  }

  script({ file, status, output }: ScriptResult): void {
    this.#cases.push({ file, line: 1, name: file, status, notes: status === 'pass' ? [] : output });
  }

  broken(problems: readonly Problem[]): void {
    this.#writer.out(`${JSON.stringify({ ok: false, problems }, null, 2)}\n`);
  }

  end(
    results: readonly TestResult[],
    coverage: Coverage | null,
    threshold: number | null,
    failOnEmpty: boolean,
  ): 0 | 1 {
    const missing = shortcomings(results, coverage, threshold, failOnEmpty);
    const ok = isFine(results) && missing.length === 0;
    const count = (...which: CaseStatus[]) => results.filter(({ status }) => which.includes(status)).length;
    const summary = {
      ok,
      passed: count('pass'),
      failed: count('fail', 'error'),
      skipped: count('skip'),
      cases: this.#cases,
      problems: this.#problems,
      notes: missing,
      ...(coverage === null ? undefined : { coverage }),
    };
    this.#writer.out(`${JSON.stringify(summary, null, 2)}\n`);
    return ok ? 0 : 1;
  }
}
