#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { nearest } from '../text/nearest.ts';
import { type Command, type ExitCode, type Terminal, UsageError } from './command.ts';

/** Each command is loaded only when it is asked for: `sluice serve` does not pay for the test runner. */
const commands: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  serve: () => import('./serve.ts'),
  restart: () => import('./restart.ts'),
  check: () => import('./check.ts'),
  test: () => import('./test.ts'),
  explain: () => import('./explain.ts'),
  cost: () => import('./cost.ts'),
  types: () => import('./types.ts'),
  rollback: () => import('./rollback.ts'),
  key: () => import('./key.ts'),
  cache: () => import('./cache-command.ts'),
  import: () => import('./import.ts'),
  eval: () => import('./eval.ts'),
  replay: () => import('./replay.ts'),
  play: () => import('./play.ts'),
  mock: () => import('./mock.ts'),
};

/** Runs one command line. Never throws. */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    terminal.out(await overview());
    return name === undefined ? 2 : 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    const guess = nearest(name, Object.keys(commands));
    terminal.err(
      `sluice: there is no command "${name}"${guess === undefined ? '' : `; did you mean "${guess}"?`}\n`,
    );
    terminal.err(await overview());
    return 2;
  }
  const { command } = await load();
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.out(command.help);
    return 0;
  }
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`sluice ${name}: ${error.message}\nSee: sluice ${name} --help\n`);
      return 2;
    }
    terminal.err(`sluice ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function overview(): Promise<string> {
  const rows: string[] = [];
  for (const load of Object.values(commands)) {
    const { command } = await load();
    rows.push(`  ${command.name.padEnd(10)} ${command.summary}`);
  }
  return `Usage: sluice COMMAND [options]\n\n${rows.join('\n')}\n\nEach command has --help.\n`;
}

/**
 * Modules are compiled once and not at each start, which halves it. In the checkout's own folder: one that others may
 * write to could hold somebody else's code. Where it cannot be written nothing is kept.
 */
function keepCompiled(): void {
  if (!import.meta.url.endsWith('.ts')) return;
  enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url)));
}

if (import.meta.main) {
  keepCompiled();
  const code = await main(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    isTty: process.stdout.isTTY === true,
  });
  // Not process.exit: what was written must reach its reader first.
  process.exitCode = code;
}
