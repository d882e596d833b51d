import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { firstPartyPlugins, firstPartyProviders } from '../gateway.ts';
import { coverageOf } from '../policy-test/coverage.ts';
import { loadOffline, type Offline } from '../policy-test/offline.ts';
import { testFolder } from '../policy-test/test-folder.ts';
import { JsonReport, type TestReport, type TestResult, TextReport } from '../policy-test/test-report.ts';
import { testScript } from '../policy-test/test-script.ts';
import { ProblemsError } from '../problem.ts';
import { type FolderSnapshot, readFolder } from '../program/folder.ts';
import { type Command, parseOptions, sourceOptions, type Terminal, UsageError } from './command.ts';
import { configFile } from './source.ts';

const help = `Usage: sluice test [PATH] [options]

Runs the tests beside the policies: the cases of *.policy.test.yaml, and *.policy.test.ts as programs of their own.
Each case sends one request through the real pipeline; nobody is called, no time passes, plugins are left out.

  PATH             a policies folder or one test file (policies/)
  --config FILE    configuration; by default gateway.yaml in PATH, else in the working folder, else the built-in one.
                   Variables that it names may be missing
  --policies DIR   the same as PATH
  --coverage       print what the cases reached of each rule
  --threshold N    exit code 1 where the coverage is less than N per cent; implies --coverage
  --fail-on-empty  exit code 1 where there are no tests
  --json           print one JSON object in place of text

Exit code 1 where a test fails, or the folder does not load.
`;

export const command: Command = {
  name: 'test',
  summary: 'run the tests of the policies',
  help,
  async run(args, terminal) {
    const { values, positionals } = parseOptions(
      args,
      {
        ...sourceOptions,
        coverage: { type: 'boolean' },
        threshold: { type: 'string' },
        'fail-on-empty': { type: 'boolean' },
        json: { type: 'boolean' },
      },
      { min: 0, max: 1 },
    );
    const threshold = values.threshold === undefined ? null : percentOf(values.threshold);
    const { folder, only } = pathOf(positionals[0] ?? values.policies ?? 'policies', terminal);
    const report = values.json === true ? new JsonReport(terminal) : new TextReport(terminal);
    let offline: Offline;
    let snapshot: FolderSnapshot;
    try {
      snapshot = await readFolder(folder);
      offline = await loadOffline({
        config: configOf(folder, values.config, terminal),
        snapshot,
        env: terminal.env,
        plugins: firstPartyPlugins,
        kinds: firstPartyProviders,
      });
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      report.broken(error.problems);
      return 1;
    }
    try {
      const results = await runAll({ snapshot, offline, only, env: terminal.env }, report);
      const traces = results.flatMap((result) =>
        'run' in result && result.run !== null ? [result.run.trace] : [],
      );
      const wanted = values.coverage === true || threshold !== null;
      const coverage = wanted ? coverageOf(offline.policies, traces) : null;
      return report.end(results, coverage, threshold, values['fail-on-empty'] === true);
    } finally {
      await offline.close();
    }
  },
};

interface Job {
  readonly snapshot: FolderSnapshot;
  readonly offline: Offline;
  readonly only: string | null;
  readonly env: Terminal['env'];
}

async function runAll({ snapshot, offline, only, env }: Job, report: TestReport): Promise<TestResult[]> {
  const all: TestResult[] = [];
  for await (const { file, results, problems } of testFolder(snapshot, offline, only)) {
    report.file(file, results, problems);
    all.push(...results);
    if (problems.length > 0) all.push({ status: 'error', problems });
  }
  for (const { name, kind } of snapshot.files) {
    if (kind !== 'test' || !/\.[jt]s$/.test(name) || (only !== null && name !== only)) continue;
    const result = await testScript(snapshot.folder, name, env);
    report.script(result);
    all.push(result);
  }
  return all;
}

function percentOf(text: string): number {
  const percent = Number(text);
  if (text.trim() === '' || !(percent >= 0 && percent <= 100)) {
    throw new UsageError(`--threshold expects a number from 0 to 100, got "${text}"`);
  }
  return percent;
}

function pathOf(path: string, terminal: Terminal): { folder: string; only: string | null } {
  const full = resolve(terminal.cwd, path);
  if (!existsSync(full))
    throw new UsageError(`expected a policies folder or a test file; there is no ${path}`);
  if (statSync(full).isDirectory()) return { folder: full, only: null };
  if (!/\.policy\.test\.(ya?ml|[jt]s)$/.test(full)) {
    throw new UsageError(`expected a test file such as 40-lanes.policy.test.yaml, got ${path}`);
  }
  return { folder: dirname(full), only: basename(full) };
}

/** The configuration that the folder brings along, unless another is named. */
function configOf(folder: string, named: string | undefined, terminal: Terminal): string | null {
  const own = join(folder, 'gateway.yaml');
  return named === undefined && existsSync(own) ? own : configFile(named, terminal);
}
