import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { whyUnreadable } from '../config/references.ts';
import { firstPartyPlugins } from '../gateway.ts';
import { type ImportedConfig, importConfig } from '../import/litellm/import-config.ts';
import { importLines } from '../import/litellm/report.ts';
import { writeNewFiles } from '../import/write-files.ts';
import { formatProblem, ProblemsError } from '../problem.ts';
import { type ExitCode, parseOptions, type Terminal, UsageError } from './command.ts';

/** `sluice import litellm`. */
export async function runImportConfig(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseOptions(
    args,
    { out: { type: 'string' }, force: { type: 'boolean' }, json: { type: 'boolean' } },
    { min: 1, max: 1 },
  );
  const file = positionals[0]!;
  const folder = values.out ?? 'imported';
  let imported: ImportedConfig;
  try {
    const text = await readText(resolve(terminal.cwd, file), file);
    imported = importConfig(text, { file, plugins: firstPartyPlugins.map(({ name }) => name) });
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    for (const problem of error.problems) terminal.err(`${formatProblem(problem)}\n`);
    return 1;
  }
  const inTheWay = await writeNewFiles(resolve(terminal.cwd, folder), imported.files, values.force === true);
  if (inTheWay.length > 0) {
    terminal.err(
      `sluice import: nothing was written: ${inTheWay.join(', ')} in ${folder} would be replaced; name another folder with --out, or say --force\n`,
    );
    return 1;
  }
  if (values.json === true) {
    const { files, ...rest } = imported;
    const written = files.map(({ path, secret }) => ({ path, secret }));
    terminal.out(`${JSON.stringify({ folder, files: written, ...rest }, null, 2)}\n`);
  } else terminal.out(`${importLines(imported, folder).join('\n')}\n`);
  return 0;
}

/** The text of a file that the command line names. @throws UsageError */
export async function readText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${name} ${whyUnreadable(error)}`);
  }
}
