import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Embedder } from '../../sdk/embedder.ts';
import { createEmbedder } from '../embedders/embedder.ts';
import { type ExitCode, parseOptions, type Terminal, UsageError } from './command.ts';
import { formatOf } from './cost-report.ts';

const levels = ['off', 'rules', 'strict'] as const;

/** What the semantic cache's evaluator is given and gives back. */
export type CacheReporter = (request: {
  readonly pairs: string;
  readonly embedder: Embedder;
  readonly level: (typeof levels)[number];
  readonly floor?: number;
  readonly progress?: (done: number, total: number) => void;
}) => Promise<{
  readonly table: string;
  readonly json: string;
  readonly svg: string;
  /** Wrong hits among the pairs that differ; null where there are none. */
  readonly wrongRate: number | null;
}>;

/** `sluice cache eval`. Exit code 1 where more is served wrongly than `--max-wrong` allows. */
export async function runCacheEval(
  args: readonly string[],
  terminal: Terminal,
  report: CacheReporter,
): Promise<ExitCode> {
  const { values, positionals } = parseOptions(
    args,
    {
      guard: { type: 'string' },
      floor: { type: 'string' },
      embedder: { type: 'string' },
      path: { type: 'string' },
      format: { type: 'string' },
      plot: { type: 'string' },
      'max-wrong': { type: 'string' },
    },
    { min: 1, max: 100 },
  );
  const format = formatOf(values.format, ['table', 'json', 'svg']);
  const level = levels.find((one) => one === (values.guard ?? 'strict'));
  if (level === undefined)
    throw new UsageError(`--guard: expected ${levels.join(', ')}; came ${values.guard}`);
  const floor = numberOf('--floor', values.floor, 1);
  const maxWrong = numberOf('--max-wrong', values['max-wrong'], 100);
  const pairs = (await Promise.all(positionals.map((path) => readPairs(path, terminal)))).join('\n');
  const embedder = await makeEmbedder(values.embedder ?? 'lexical', values.path, terminal);
  try {
    const { table, json, svg, wrongRate } = await report({
      pairs,
      embedder,
      level,
      ...(floor === undefined ? {} : { floor }),
      ...(terminal.isTty ? { progress: (done, total) => terminal.err(`\r${done} of ${total} pairs`) } : {}),
    });
    if (terminal.isTty) terminal.err('\n');
    terminal.out({ table, json, svg }[format]);
    if (values.plot !== undefined) await writeFile(resolve(terminal.cwd, values.plot), svg);
    if (maxWrong === undefined || (wrongRate ?? 0) * 100 <= maxWrong) return 0;
    terminal.err(
      `wrong hits: expected at most ${maxWrong} % of the pairs that differ; came ${((wrongRate ?? 0) * 100).toFixed(2)} %\n`,
    );
    return 1;
  } finally {
    await embedder.close?.();
  }
}

function numberOf(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (number >= 0 && number <= most) return number;
  throw new UsageError(`${option}: expected a number from 0 to ${most}; came ${text}`);
}

async function readPairs(path: string, terminal: Terminal): Promise<string> {
  try {
    return await readFile(resolve(terminal.cwd, path), 'utf8');
  } catch (error) {
    throw new UsageError(
      `${path}: it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
    );
  }
}

function makeEmbedder(kind: string, path: string | undefined, terminal: Terminal): Promise<Embedder> {
  if (kind === 'lexical') return createEmbedder({ kind });
  if (kind !== 'static' && kind !== 'onnx') {
    throw new UsageError(`--embedder: expected lexical, static or onnx; came ${kind}`);
  }
  if (path === undefined)
    throw new UsageError(`--embedder ${kind}: expected --path, the folder of the model`);
  return createEmbedder({ kind, path: resolve(terminal.cwd, path) });
}
