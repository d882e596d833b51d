import { serveMock } from '../gateway.ts';
import { systemClock } from '../services/clock.ts';
import { type Command, parseOptions, UsageError } from './command.ts';

const help = `Usage: sluice mock [--host HOST] [--port PORT]

Serves the mock provider as an OpenAI-compatible server of its own (127.0.0.1:4010), for trying clients and for load
tests. Directives in the model name provoke latency, errors and cuts: gpt+slow-500ms, gpt+error-429, gpt+cut-3, …
The whole list is in plugins/providers/mock/README.md.
`;

export const command: Command = {
  name: 'mock',
  summary: 'serve the mock provider by itself',
  help,
  async run(args, terminal) {
    const { values } = parseOptions(args, { host: { type: 'string' }, port: { type: 'string' } });
    const port = Number(values.port ?? 4010);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new UsageError(`--port expects a number from 0 to 65535, got "${values.port}"`);
    }
    const server = await serveMock({ host: values.host ?? '127.0.0.1', port, clock: systemClock });
    terminal.err(`sluice mock listening on ${server.url}\n`);
    await new Promise<void>((done) => {
      process.once('SIGTERM', () => done());
      process.once('SIGINT', () => done());
    });
    await server.close();
    return 0;
  },
};
