import { resolve } from 'node:path';
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
import { configFile } from './source.ts';
import { checkWorkers } from './workers.ts';

const help = `Usage: sluice serve [options]

Serves the gateway until SIGTERM or SIGINT.

  --config FILE    configuration (gateway.yaml in the working folder; built-in defaults where it is absent)
  --policies DIR   the program (policies/)
  --data DIR       stores and state (.sluice/)
  --host HOST      address to listen on (server.host, 127.0.0.1)
  --port PORT      port to listen on (server.port, 4000); 0 chooses a free one
  --workers N      1; more need stores.counters on a Redis, and a version that can

SIGTERM and SIGINT drain: no new requests, streams finish within server.drain_timeout, exit code 0.
SIGHUP reloads the configuration and the policies. Policies are also reloaded when a file of theirs changes.
A reload that fails changes nothing and says so in the log and on /health/ready.
`;

export const command: Command = {
  name: 'serve',
  summary: 'serve the gateway',
  help,
  async run(args, terminal) {
    const { values } = parseOptions(args, {
      ...sourceOptions,
      host: { type: 'string' },
      port: { type: 'string' },
      workers: { type: 'string' },
    });
    const port = values.port === undefined ? undefined : portOf(values.port);
    let gateway: Gateway;
    try {
      if (values.workers !== undefined) {
        const file = configFile(values.config, terminal);
        await checkWorkers(values.workers, file, terminal.env, firstPartyProviders);
      }
      gateway = await createGateway({
        config: configFile(values.config, terminal),
        policies: resolve(terminal.cwd, values.policies ?? 'policies'),
        data: resolve(terminal.cwd, values.data ?? '.sluice'),
        env: terminal.env,
        watch: true,
        warn: (problem) => terminal.err(`${formatProblem(problem)}\n`),
        ...(values.host === undefined ? undefined : { host: values.host }),
        ...(port === undefined ? undefined : { port }),
      });
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      for (const problem of error.problems) terminal.err(`${formatProblem(problem)}\n`);
      terminal.err('sluice serve: nothing was started; mend the problems above and start again\n');
      return 1;
    }
    return serveUntilSignal(gateway, terminal);
  },
};

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
  let url: string;
  try {
    ({ url } = await gateway.listen());
  } catch (error) {
    await gateway.close();
    throw error;
  }
  const { program, aliases } = gateway.status();
  terminal.err(
    `sluice listening on ${url} (policies ${program.version}: ${program.steps} steps; models: ${aliases.join(', ')})\n`,
  );
  const signal = await signalled;
  terminal.err(`sluice: ${signal}, draining\n`);
  // A second signal does not wait for anybody.
  for (const again of ['SIGTERM', 'SIGINT'] as const) process.once(again, () => process.exit(1));
  await gateway.drain();
  await gateway.close();
  terminal.err('sluice: stopped\n');
  return 0;
}
