import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './pages.ts';

/** Type-checks the TypeScript files of a folder under the settings of the project. @returns what tsc printed, '' when all is well. */
export async function typeErrors(folder: string, more: readonly string[] = []): Promise<string> {
  const config = join(folder, 'tsconfig.json');
  const settings = {
    extends: join(root, 'tsconfig.json'),
    include: [join(folder, '*.ts'), ...more],
    exclude: [],
  };
  writeFileSync(config, JSON.stringify(settings));
  // The compiler's own binary: its JavaScript wrapper does not start below tap's loaders.
  const wrapper = new URL('../../node_modules/typescript/lib/getExePath.js', import.meta.url).href;
  const { default: compilerPath } = (await import(wrapper)) as { default: () => string };
  return promisify(execFile)(compilerPath(), ['--noEmit', '-p', config], { cwd: folder }).then(
    () => '',
    (error: unknown) => (error as { stdout: string }).stdout,
  );
}

/** Runs a file with Node as a program of its own. @returns what it printed, and its exit code. */
export function runFile(file: string): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [file],
      { env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
      },
    );
  });
}
