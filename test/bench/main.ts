import { runBench } from './bench.ts';
import { formatMicro, runMicro } from './micro/micro.ts';
import { promisedParts } from './micro/parts.ts';
import { type BenchOptions, parseOptions, UsageError, usage } from './options.ts';
import { formatReport, toReport } from './report.ts';

// Exiting in the usual way is what ends the processes that were started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main(process.argv.slice(2));

/** 0 fine, 1 a target failed requests, 2 used wrongly. */
async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions | null;
  try {
    options = parseOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}`);
    return 2;
  }
  if (options === null) {
    process.stdout.write(usage);
    return 0;
  }
  if (options.micro === 'only') {
    const rows = await runMicro(progress);
    process.stdout.write(options.json ? toJson(rows) : `${formatMicro(rows)}\n`);
    return 0;
  }
  const bench = await runBench(options, progress);
  const report = toReport(
    bench,
    await runMicro(progress, options.micro === 'promised' ? promisedParts : undefined),
    options,
  );
  process.stdout.write(options.json ? toJson(report) : `\n${formatReport(report)}\n`);
  return report.targets.some(({ failures }) => failures > 0) ? 1 : 0;
}

function progress(words: string): void {
  process.stderr.write(`${words}\n`);
}

/** NaN, which JSON does not have, becomes null. */
function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
