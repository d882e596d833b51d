import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Ask, askGatewayAt } from '../evals/ask.ts';
import { compareResults, readResult } from '../evals/compare-results.ts';
import { readSuite } from '../evals/read-suite.ts';
import { caseLines, summaryLines } from '../evals/report-text.ts';
import { runSuite } from '../evals/run-suite.ts';
import type { Suite } from '../evals/suite.ts';
import { createGateway } from '../gateway.ts';
import { formatProblem, ProblemsError } from '../problem.ts';
import { systemClock } from '../services/clock.ts';
import { silentLog } from '../services/log.ts';
import { type Command, parseOptions, sourceOptions, type Terminal, UsageError } from './command.ts';
import { readText } from './import-config.ts';
import { configFile } from './source.ts';

const help = `Usage: sluice eval SUITE.yaml [--url URL] [--key KEY] [--config FILE] [--policies DIR] [--model NAMES] [--judge ALIAS]
                    [--repeat N] [--threshold N] [--concurrency N] [--compare OTHER.json] [--json]

Asks the questions of a suite and holds the answers against its assertions: docs/guide/evals.md. Suites of promptfoo with
its common fields are read too; what is not understood is named.

  --url URL          ask a running gateway; without it the policies are loaded here, with the providers of the configuration
                     (the mock provider where there is none)
  --key KEY          its key; SLUICE_API_KEY keeps it off the command line
  --config FILE      configuration (gateway.yaml in the working folder, else the built-in one)
  --policies DIR     the program (policies/): another folder is another version to compare
  --model NAMES      aliases to ask, with commas between them, in place of the suite's
  --judge ALIAS      who judges llm-judge, in place of the suite's
  --repeat N         ask everything N times; spreads are printed
  --threshold N      per cent of the cases that must pass, in place of the suite's (100)
  --concurrency N    questions under way at once (4)
  --compare FILE     what --json printed before: names what changed; a case that got worse is exit code 1
  --json             print one JSON object in place of text

Exit code 1 where too few cases pass or one got worse.
`;

export const command: Command = {
  name: 'eval',
  summary: 'ask a suite of questions and check the answers',
  help,
  async run(args, terminal) {
    const { values, positionals } = parseOptions(
      args,
      {
        config: sourceOptions.config,
        policies: sourceOptions.policies,
        url: { type: 'string' },
        key: { type: 'string' },
        model: { type: 'string' },
        judge: { type: 'string' },
        repeat: { type: 'string' },
        threshold: { type: 'string' },
        concurrency: { type: 'string' },
        compare: { type: 'string' },
        json: { type: 'boolean' },
      },
      { min: 1, max: 1 },
    );
    const file = positionals[0]!;
    const text = await readText(resolve(terminal.cwd, file), file);
    const repeat = number(values.repeat, '--repeat', 1, 100);
    const threshold = number(values.threshold, '--threshold', 0, 100);
    const concurrency = number(values.concurrency, '--concurrency', 1, 64) ?? 4;
    const before =
      values.compare === undefined
        ? null
        : readResult(await readFile(resolve(terminal.cwd, values.compare), 'utf8'));
    try {
      const { suite: read, notUnderstood } = readSuite(text, file);
      for (const { line, column, message } of notUnderstood)
        terminal.err(`${file}:${line}:${column}: ${message}\n`);
      const suite: Suite = {
        ...read,
        ...(values.model === undefined
          ? {}
          : { models: values.model.split(',').filter((name) => name !== '') }),
        ...(values.judge === undefined ? {} : { judge: values.judge }),
        ...(repeat === null ? {} : { repeat }),
        ...(threshold === null ? {} : { threshold: threshold / 100 }),
      };
      return await withGateway(values, terminal, async (ask, firstAlias) => {
        const models = suite.models.length > 0 ? suite.models : firstAlias === null ? [] : [firstAlias];
        if (models.length === 0) throw new UsageError('the suite names no providers; say --model');
        const say =
          values.json === true
            ? {}
            : { onCase: (one: Parameters<typeof caseLines>[0]) => terminal.out(caseLines(one)) };
        const result = await runSuite({ suite: { ...suite, models }, ask, concurrency, ...say });
        const comparison = before === null ? null : compareResults(before, result);
        if (values.json === true) {
          terminal.out(
            `${JSON.stringify({ ...result, comparison, not_understood: notUnderstood }, null, 2)}\n`,
          );
        } else terminal.out(summaryLines(result, comparison));
        return result.passed && (comparison?.regressed ?? 0) === 0 ? 0 : 1;
      });
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      for (const problem of error.problems) terminal.err(`${formatProblem(problem)}\n`);
      return 1;
    }
  },
};

interface Where {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  readonly config?: string | undefined;
  readonly policies?: string | undefined;
}

type Work = (ask: Ask, firstAlias: string | null) => Promise<0 | 1>;

/** Does the work with a running gateway, or with one in this process that nobody else can reach. */
async function withGateway(values: Where, terminal: Terminal, work: Work): Promise<0 | 1> {
  const key = values.key ?? terminal.env['SLUICE_API_KEY'] ?? null;
  const nowMs = () => performance.now();
  if (values.url !== undefined) {
    const url = values.url.replace(/\/+$/, '');
    return work(askGatewayAt({ send: (request) => fetch(request), url, key, nowMs }), null);
  }
  const data = await mkdtemp(join(tmpdir(), 'sluice-eval-'));
  try {
    const gateway = await createGateway({
      config: configFile(values.config, terminal),
      policies: resolve(terminal.cwd, values.policies ?? 'policies'),
      env: terminal.env,
      data,
      embeddedStores: true,
      services: { log: silentLog, clock: systemClock },
    });
    try {
      const own = key ?? terminal.env['SLUICE_MASTER_KEY'] ?? null;
      const ask = askGatewayAt({
        send: (request) => gateway.request(request),
        url: 'http://gateway.local',
        key: own,
        nowMs,
      });
      return await work(ask, gateway.status().aliases[0] ?? null);
    } finally {
      await gateway.close();
    }
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

function number(text: string | undefined, option: string, least: number, most: number): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (
    text.trim() === '' ||
    !(value >= least && value <= most) ||
    (option !== '--threshold' && !Number.isInteger(value))
  ) {
    throw new UsageError(`${option} expects a number from ${least} to ${most}, got "${text}"`);
  }
  return value;
}
