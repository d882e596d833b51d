import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createGateway } from '../gateway.ts';
import { formatProblem, ProblemsError } from '../problem.ts';
import { programRow } from '../program/program-row.ts';
import { silentLog } from '../services/log.ts';
import { type Command, parseOptions, sourceOptions } from './command.ts';
import { configFile } from './source.ts';
import { table } from './table.ts';

const help = `Usage: sluice check [--config FILE] [--policies DIR] [--json]

Checks the configuration and the policies and prints the program as a table, in the order in which requests pass it.
Exit code 1 where something is wrong; every problem is printed with file, line and column.
`;

export const command: Command = {
  name: 'check',
  summary: 'check configuration and policies, print the program',
  help,
  async run(args, terminal) {
    const { values } = parseOptions(args, { ...sourceOptions, json: { type: 'boolean' } });
    const warnings: string[] = [];
    // Plugins are set up as they would be to serve, with stores that nobody else has.
    const data = await mkdtemp(join(tmpdir(), 'sluice-check-'));
    try {
      const gateway = await createGateway({
        config: configFile(values.config, terminal),
        policies: resolve(terminal.cwd, values.policies ?? 'policies'),
        env: terminal.env,
        data,
        embeddedStores: true,
        warn: (problem) => warnings.push(formatProblem(problem)),
        services: { log: { ...silentLog, warn: (fields) => warnings.push(...warningsIn(fields)) } },
      });
      const { program } = gateway;
      const rows = program.steps.map(programRow);
      await gateway.close();
      if (values.json === true) {
        terminal.out(
          `${JSON.stringify({ ok: true, version: program.version, steps: rows, warnings }, null, 2)}\n`,
        );
        return 0;
      }
      terminal.out(
        table(
          ['#', 'file', 'name', 'kind', 'mode', 'hooks', 'on failure', 'stream', 'summary'],
          rows.map((row) => [
            String(row.order),
            row.file,
            row.name,
            row.kind,
            row.mode,
            row.hooks.join(' '),
            row.on_failure,
            row.stream,
            row.summary,
          ]),
        ),
      );
      for (const warning of warnings) terminal.err(`${warning}\n`);
      terminal.out(`policies ${program.version}: ok, ${warnings.length} warnings\n`);
      return 0;
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      if (values.json === true) {
        terminal.out(`${JSON.stringify({ ok: false, problems: error.problems }, null, 2)}\n`);
      } else {
        for (const problem of error.problems) terminal.err(`${formatProblem(problem)}\n`);
      }
      return 1;
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  },
};

function warningsIn(fields: object): string[] {
  const problems = (fields as { problems?: unknown }).problems;
  return Array.isArray(problems) ? problems.map(formatProblem) : [];
}
