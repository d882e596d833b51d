import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Parser } from 'tap-parser';
import type { Batch } from './batches.ts';

/** A file that takes longer hangs; it is ended and counts as failed. tap ends it a little sooner, and says where. */
const TIMEOUT_MS = 150_000;
const TAP_TIMEOUT_S = 120;

/** One named test or assertion that did not hold, with what tap says of it. */
export type Failure = { name: string; details: unknown };

/** What running one test file, or several in one process, showed. `passed`, `failed` and `skipped` count its outermost tests. */
export type FileResult = {
  file: string;
  ok: boolean;
  passed: number;
  failed: number;
  /** Names of the tests that were left out, with the reasons that they gave. */
  skipped: string[];
  failures: Failure[];
  /** How the process ended where it did not end with 0. */
  end: string | undefined;
  /** The last that the process printed that is not TAP, its standard error first. */
  output: string;
  durationMs: number;
};

/** Collects what failed in `parser` and in every subtest of it, the innermost first. */
function collectFailures(parser: Parser, failures: Failure[]): void {
  parser.on('child', (child: Parser) => collectFailures(child, failures));
  parser.on('assert', (result) => {
    if (result.ok || result.todo || result.skip || result.closingTestPoint) return;
    failures.push({ name: result.fullname || result.name, details: result.diag });
  });
}

/** Runs test files in a process of their own and reads its TAP. Never rejects: a crash is a result. */
export async function runBatch(root: string, { name, files, properties }: Batch): Promise<FileResult> {
  const startedMs = performance.now();
  const parser = new Parser();
  const failures: Failure[] = [];
  const stray: string[] = [];
  collectFailures(parser, failures);
  parser.on('extra', (text: string) => stray.push(text));
  const finished = new Promise<Parser['results']>((resolve) => parser.on('complete', resolve));

  const program = files.length === 1 ? files : ['test/runner/batch.ts', ...files];
  const seed = properties ? ['--import', './test/runner/seed.ts'] : [];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...seed, ...program], {
    cwd: root,
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node'),
      TAP_TIMEOUT: String(TAP_TIMEOUT_S),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => parser.write(text));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-8_000);
  });
  const end = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(`could not start: ${error.message}`));
    child.on('close', (code, signal) => {
      const late = signal === 'SIGKILL' ? ` (limit: ${TIMEOUT_MS / 1000} s)` : '';
      resolve(signal ? `ended by ${signal}${late}` : code === 0 ? undefined : `exit code ${code}`);
    });
  });
  parser.end();
  const results = await finished;
  return {
    file: name,
    ok: end === undefined && results?.ok === true && results.count > 0,
    passed: (results?.pass ?? 0) - (results?.skip ?? 0),
    failed: results?.fail ?? 0,
    skipped: (results?.skips ?? []).map(({ name, skip }) => (skip === true ? name : `${name}: ${skip}`)),
    failures,
    end,
    output: errors + stray.join('').slice(-8_000),
    durationMs: performance.now() - startedMs,
  };
}
