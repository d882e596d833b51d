import { spawn } from 'node:child_process';

/** How a test in TypeScript ended: it is a program of its own, and its exit code says whether it passed. */
export interface ScriptResult {
  readonly file: string;
  readonly status: 'pass' | 'fail';
  /** What it wrote, the end of it where it is long. */
  readonly output: readonly string[];
}

const maxMs = 60_000;
const maxChars = 20_000;

/** Runs `NAME.policy.test.ts` (or `.js`) with Node in the policies folder, for a minute at most. */
export function testScript(
  folder: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ScriptResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
      cwd: folder,
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: maxMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    const take = (bytes: Buffer) => {
      output = (output + bytes.toString('utf8')).slice(-maxChars);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const end = (passed: boolean, why: string) => {
      const lines = output.split('\n').map((line) => line.trimEnd());
      resolve({
        file,
        status: passed ? 'pass' : 'fail',
        output: [...lines, why].filter((line) => line !== ''),
      });
    };
    child.on('error', (error) => end(false, `it could not be started: ${error.message}`));
    child.on('close', (code, signal) => {
      if (signal !== null) end(false, `it was ended by ${signal}, at the latest after ${maxMs / 1000} s`);
      else end(code === 0, code === 0 ? '' : `exit code ${code}`);
    });
  });
}
