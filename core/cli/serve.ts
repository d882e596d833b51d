import { resolve } from 'node:path';
import { isWorker, leavePrimary } from '../cluster/fork.ts';
import { loadConfig } from '../config/load.ts';
import { createGateway, firstPartyProviders } from '../gateway.ts';
import { formatProblem, ProblemsError } from '../problem.ts';
import type { Gateway } from '../runtime/gateway.ts';
import {
  type Command,
  type ExitCode,
  parseOptions,
  sourceOptions,
  type Terminal,
  UsageError,
} from './command.ts';
import { inheritedSocket } from './inherited-socket.ts';
import { configFile } from './source.ts';
import { playgroundText, statusText } from './status-text.ts';
import { WorkerOrders } from './worker.ts';
import { checkWorkers, serveWithWorkers, workersOf } from './workers.ts';

const help = `Usage: sluice serve [options]

Serves the gateway until SIGTERM or SIGINT.

  --config FILE    configuration (gateway.yaml in the working folder; built-in defaults where it is absent)
  --policies DIR   the program (policies/)
  --data DIR       stores and state (.sluice/)
  --host HOST      address to listen on (server.host, 127.0.0.1)
  --port PORT      port to listen on (server.port, 4000); 0 chooses a free one
  --workers N      processes at that address (1); more need Redis in stores.counters and PostgreSQL in stores.ledger

A listening socket that systemd hands over (LISTEN_FDS) is served in place of a new one; HOST and PORT must be its own.

SIGTERM and SIGINT drain: not ready, after server.drain_delay (SIGTERM only) no new connections, answers under way finish
within server.drain_timeout, exit code 0.
SIGHUP reloads the configuration and the policies, in all workers. Policies are also reloaded when a file of theirs changes.
A reload that fails changes nothing and says so in the log and on /health/ready.
SIGUSR2, or sluice restart, replaces the workers one after the other, without a gap.
`;

export const command: Command = {
  name: 'serve',
  summary: 'serve the gateway',
  help,
  async run(args, terminal) {
    if (!isWorker) return await serve(args, terminal, null);
    const orders = new WorkerOrders();
    try {
      return await serve(args, terminal, orders);
    } finally {
      // Whatever way it ends: the line to the primary process would keep it alive.
      leavePrimary();
    }
  },
};

async function serve(
  args: readonly string[],
  terminal: Terminal,
  orders: WorkerOrders | null,
): Promise<ExitCode> {
  const { values } = parseOptions(args, {
    ...sourceOptions,
    host: { type: 'string' },
    port: { type: 'string' },
    workers: { type: 'string' },
  });
  const port = values.port === undefined ? undefined : portOf(values.port);
  const count = workersOf(values.workers);
  const listenFd = orders === null ? inheritedSocket(terminal.env, process.pid) : null;
  if (listenFd !== null && count > 1) {
    throw new UsageError(
      `--workers ${count}: a socket was handed over (LISTEN_FDS), which serves one process; start without its socket unit`,
    );
  }
  const file = configFile(values.config, terminal);
  const data = resolve(terminal.cwd, values.data ?? '.sluice');
  let gateway: Gateway;
  try {
    if (count > 1 && orders === null) {
      const kinds = new Map(firstPartyProviders.map((kind) => [kind.kind, kind]));
      const { config } = await loadConfig({ file, env: terminal.env, kinds });
      checkWorkers(count, config);
      return await serveWithWorkers({ count, args, config, dataFolder: data }, terminal);
    }
    gateway = await createGateway({
      config: file,
      policies: resolve(terminal.cwd, values.policies ?? 'policies'),
      data,
      env: terminal.env,
      watch: true,
      warn: (problem) => terminal.err(`${formatProblem(problem)}\n`),
      ...(values.host === undefined ? undefined : { host: values.host }),
      ...(port === undefined ? undefined : { port }),
      ...(orders === null ? undefined : { fleet: orders.member }),
      ...(listenFd === null ? undefined : { listenFd }),
    });
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    for (const problem of error.problems) terminal.err(`${formatProblem(problem)}\n`);
    terminal.err('sluice serve: nothing was started; mend the problems above and start again\n');
    return 1;
  }
  return orders === null ? serveUntilSignal(gateway, terminal) : orders.serve(gateway);
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`--port expects a number from 0 to 65535, got "${text}"`);
  }
  return port;
}

async function serveUntilSignal(gateway: Gateway, terminal: Terminal): Promise<ExitCode> {
  const signalled = new Promise<NodeJS.Signals>((done) => {
    process.once('SIGTERM', () => done('SIGTERM'));
    process.once('SIGINT', () => done('SIGINT'));
  });
  process.on('SIGHUP', () => void gateway.reload());
  // Without a listener it would end the process.
  process.on('SIGUSR2', () =>
    terminal.err('sluice: SIGUSR2 restarts workers, and this is one process: serve --workers\n'),
  );
  let url: string;
  try {
    ({ url } = await gateway.listen());
  } catch (error) {
    await gateway.close();
    throw error;
  }
  const status = gateway.status();
  terminal.err(`sluice listening on ${url} (${statusText(status)})\n${playgroundText(url, status)}`);
  const signal = await signalled;
  terminal.err(`sluice: ${signal}, draining\n`);
  // A second signal does not wait for anybody.
  for (const again of ['SIGTERM', 'SIGINT'] as const) process.once(again, () => process.exit(1));
  // Whoever sits at the terminal has nobody that must notice first.
  await gateway.drain({ delay: signal === 'SIGTERM' });
  await gateway.close();
  terminal.err('sluice: stopped\n');
  return 0;
}
