import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { controlPath, listenForControl } from '../cluster/control.ts';
import { forkWorker } from '../cluster/fork.ts';
import { Supervisor } from '../cluster/supervisor.ts';
import type { GatewayConfig } from '../config/config.ts';
import { systemClock } from '../services/clock.ts';
import { createIds } from '../services/ids.ts';
import { createLog } from '../services/log.ts';
import { type ExitCode, type Terminal, UsageError } from './command.ts';
import { playgroundText } from './status-text.ts';

/** What a worker may take beyond what it waits for itself: hooks that settle, stores that flush. */
const stopSlackMs = 30_000;

/** @returns the number of `--workers`. @throws UsageError */
export function workersOf(text: string | undefined): number {
  const workers = text === undefined ? 1 : /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (workers < 1) throw new UsageError(`--workers expects a number from 1 to 999, got "${text}"`);
  return workers;
}

/**
 * Refuses several workers that would not keep one set of books.
 *
 * @throws UsageError that says what to set.
 */
export function checkWorkers(workers: number, { stores }: GatewayConfig): void {
  if (stores.counters === 'memory') {
    throw new UsageError(
      `--workers ${workers}: several processes need counters that they share, or each of them would spend a whole budget; ` +
        'set stores.counters to redis://… in gateway.yaml',
    );
  }
  if (stores.ledger === 'sqlite') {
    throw new UsageError(
      `--workers ${workers}: a SQLite file has one writer at a time, so answers of all processes would wait for each other's rows; ` +
        'set stores.ledger to postgres://… in gateway.yaml',
    );
  }
}

export interface WorkersOptions {
  readonly count: number;
  /** Of `serve`. */
  readonly args: readonly string[];
  readonly config: GatewayConfig;
  readonly dataFolder: string;
}

/** Serves with several processes at one address, until a signal. */
export async function serveWithWorkers(
  { count, args, config, dataFolder }: WorkersOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { log, flush } = createLog({ level: config.telemetry.logLevel });
  const { drainTimeoutMs, drainDelayMs } = config.server;
  const ids = createIds();
  const supervisor = new Supervisor({
    count,
    clock: systemClock,
    log,
    secret: `${ids.trace()}${ids.trace()}`,
    fork: () => forkWorker(process.argv[1]!, ['serve', ...args]),
    stopLimitMs: drainTimeoutMs + drainDelayMs + stopSlackMs,
  });
  // Nothing else keeps the process while all workers wait for their turn to start again.
  const alive = setInterval(() => undefined, 60_000);
  const signalled = nextSignal();
  try {
    const ready = await Promise.race([supervisor.start(), signalled]);
    if (typeof ready === 'string') return await stop(supervisor, ready, terminal);
    const playground = playgroundText(ready.url, { playground: config.console.enabled });
    terminal.err(`sluice listening on ${ready.url} (${count} workers; ${ready.status})\n${playground}`);
    process.on('SIGHUP', () => supervisor.reload());
    // What went wrong is in the log.
    process.on('SIGUSR2', () => void supervisor.restart().catch(() => undefined));
    const path = controlPath(dataFolder);
    await mkdir(dataFolder, { recursive: true });
    const control = await listenForControl(path, (told) => supervisor.restart(told));
    if (control === null)
      log.warn({ path }, 'the path is too long for a socket: sluice restart cannot find this gateway');
    const code = await stop(supervisor, await signalled, terminal);
    if (control !== null) await rm(path, { force: true });
    return code;
  } catch (error) {
    terminal.err(`sluice serve: nothing serves: a worker did not start: ${(error as Error).message}\n`);
    return 1;
  } finally {
    clearInterval(alive);
    flush();
  }
}

async function nextSignal(): Promise<NodeJS.Signals> {
  const others = new AbortController();
  const names = ['SIGTERM', 'SIGINT'] as const;
  const { signal } = others;
  const first = await Promise.race(names.map((name) => once(process, name, { signal }).then(() => name)));
  others.abort();
  return first;
}

async function stop(supervisor: Supervisor, signal: NodeJS.Signals, terminal: Terminal): Promise<ExitCode> {
  terminal.err(`sluice: ${signal}, draining\n`);
  // A second signal does not wait for anybody.
  for (const again of ['SIGTERM', 'SIGINT'] as const) {
    process.once(again, () => {
      supervisor.kill();
      process.exit(1);
    });
  }
  await supervisor.stop(signal === 'SIGTERM');
  terminal.err('sluice: stopped\n');
  return 0;
}
