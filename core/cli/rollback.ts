import { type Command, parseOptions } from './command.ts';
import { addressOptions, askGateway, errorMessage, gatewayUrl } from './gateway-address.ts';

const help = `Usage: sluice rollback [VERSION] [--url URL]

Makes a running gateway serve the version of the policies before the current one, or the named one. The files in the
folder stay as they are: the next change of them is loaded again.

  --url URL   the gateway (SLUICE_URL, http://127.0.0.1:4000); SLUICE_MASTER_KEY is sent as its key
`;

export const command: Command = {
  name: 'rollback',
  summary: 'go back to an earlier version of the policies',
  help,
  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, addressOptions, { min: 0, max: 1 });
    const [version] = positionals;
    const url = gatewayUrl(values.url, terminal);
    const { status, json } = await askGateway(
      url,
      '/policies/rollback',
      terminal,
      version === undefined ? {} : { version },
    );
    if (status !== 200) {
      terminal.err(`sluice rollback: ${errorMessage(json)}\n`);
      return 1;
    }
    terminal.out(`now serving policies ${(json as { version: string }).version}\n`);
    return 0;
  },
};
