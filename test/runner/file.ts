import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Parser } from 'tap-parser';
import { type Batch, batchOf } from './batches.ts';
import { endOf } from './end-of.ts';

/** A file that takes longer hangs; it is ended and counts as failed. tap ends it a little sooner, and says where. */
const TIMEOUT_MS = 150_000;
const TAP_TIMEOUT_S = 120;

/** One named test or assertion that did not hold, with what tap says of it. */
export type Failure = { name: string; details: unknown };

/** What running one test file showed. `passed`, `failed` and `skipped` count its outermost tests. */
export interface FileResult {
  readonly file: string;
  /** What to run to see this again: the file alone, or all that shared its process. */
  readonly batch: Batch;
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  /** Names of the tests that were left out, with the reasons that they gave. */
  readonly skipped: readonly string[];
  readonly failures: readonly Failure[];
  /** How the process ended where it did not end with 0. */
  readonly end: string | undefined;
  /** The last that the process printed that is not TAP, its standard error first. */
  readonly output: string;
  readonly durationMs: number;
}

export interface Limits {
  readonly timeoutMs: number;
  readonly tapTimeoutS: number;
}

type Assertion = {
  readonly ok: boolean;
  readonly name: string;
  readonly fullname: string;
  readonly skip: boolean | string;
  readonly todo: boolean | string;
  readonly closingTestPoint: boolean;
  readonly diag: unknown;
};

/** What is known so far of the file whose tests run now. */
class Tally {
  passed = 0;
  failed = 0;
  readonly skipped: string[] = [];
  readonly failures: Failure[] = [];
  readonly startedMs = performance.now();

  count({ ok, name, skip, todo }: Assertion): void {
    if (skip) this.skipped.push(skip === true ? name : `${name}: ${skip}`);
    else if (ok) this.passed += 1;
    else if (!todo) this.failed += 1;
  }
}

/** Runs the files of a batch one after the other in a process and tells of each. */
class BatchRun {
  readonly #root: string;
  readonly #batch: Batch;
  readonly #report: (result: FileResult) => void;
  #reported = 0;
  #allOk = true;
  readonly #parser = new Parser();
  readonly #limits: Limits;
  #tally = new Tally();
  #stray = '';
  #errors = '';
  #endedFile: () => void = () => undefined;

  constructor(root: string, batch: Batch, report: (result: FileResult) => void, limits: Limits) {
    this.#root = root;
    this.#batch = batch;
    this.#report = report;
    this.#limits = limits;
    this.#listen(this.#parser);
    this.#parser.on('assert', (result: Assertion) => this.#outermost(result));
    this.#parser.on('extra', (text: string) => {
      this.#stray = (this.#stray + text).slice(-8_000);
    });
  }

  /** Collects what failed in `parser` and in every subtest of it, the innermost first. */
  #listen(parser: Parser): void {
    parser.on('child', (child: Parser) => this.#listen(child));
    parser.on('assert', (result: Assertion) => {
      if (result.ok || result.todo || result.skip || result.closingTestPoint) return;
      this.#tally.failures.push({ name: result.fullname || result.name, details: result.diag });
    });
  }

  #outermost(result: Assertion): void {
    const file = this.#batch.files[this.#reported];
    const ends = file !== undefined && this.#batch.files.length > 1 && result.name === endOf(file);
    if (!ends || !result.ok) this.#tally.count(result);
    if (ends) this.#close(file, undefined);
  }

  /** Tells all that is known of `file`, which ended so. */
  #close(file: string, end: string | undefined, batch = batchOf(this.#root, [file])): void {
    const { passed, failed, skipped, failures, startedMs } = this.#tally;
    const ran = passed + failed + skipped.length > 0;
    const ok = end === undefined && failed === 0 && ran;
    this.#report({
      file,
      batch,
      ok,
      passed,
      failed,
      skipped,
      failures,
      end: end ?? (ran ? undefined : 'no test ran'),
      output: this.#errors + this.#stray,
      durationMs: performance.now() - startedMs,
    });
    this.#reported += 1;
    this.#allOk &&= ok;
    this.#tally = new Tally();
    this.#stray = '';
    this.#endedFile();
  }

  /** Gives how the process ended where it did not end with 0. */
  #run(): Promise<string | undefined> {
    const { files, properties } = this.#batch;
    const { timeoutMs, tapTimeoutS } = this.#limits;
    const program = files.length === 1 ? files : ['test/runner/batch.ts', ...files];
    const seed = properties ? ['--import', './test/runner/seed.ts'] : [];
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...seed, ...program], {
      cwd: this.#root,
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: join(this.#root, 'node_modules/.cache/node'),
        TAP_TIMEOUT: String(tapTimeoutS),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const limit = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    this.#endedFile = () => limit.refresh();
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#parser.write(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-8_000);
    });
    return new Promise((resolve) => {
      child.on('error', (error) => resolve(`could not start: ${error.message}`));
      child.on('close', (code, signal) => {
        clearTimeout(limit);
        const late = signal === 'SIGKILL' ? ` (limit: ${timeoutMs / 1000} s)` : '';
        resolve(signal ? `ended by ${signal}${late}` : code === 0 ? undefined : `exit code ${code}`);
      });
    });
  }

  /**
   * Never rejects: a crash is a result, of the file that ran then.
   * @returns the files that were not reached
   */
  async run(): Promise<readonly string[]> {
    const finished = new Promise<Parser['results']>((resolve) => this.#parser.on('complete', resolve));
    const end = await this.#run();
    this.#parser.end();
    const whole = await finished;
    const { name, files } = this.#batch;
    const fault = end ?? (whole?.ok === true ? undefined : 'its output is no whole TAP');
    const [broken, ...left] = files.slice(this.#reported);
    if (files.length === 1) this.#close(name, fault);
    else if (broken !== undefined) this.#close(broken, fault ?? 'ended before its tests did');
    else if (fault !== undefined && (this.#allOk || fault.startsWith('ended by'))) {
      // None of them can be blamed before they ran alone.
      this.#close(name, `${fault}, after the tests of ${files.join(', ')}`, this.#batch);
    }
    return left;
  }
}

/**
 * Runs test files in a process of their own, reads its TAP and reports each file when its tests are over.
 * @returns the files that were not reached, because the process broke in one before them
 */
export function runBatch(
  root: string,
  batch: Batch,
  report: (result: FileResult) => void,
  limits: Limits = { timeoutMs: TIMEOUT_MS, tapTimeoutS: TAP_TIMEOUT_S },
): Promise<readonly string[]> {
  return new BatchRun(root, batch, report, limits).run();
}
