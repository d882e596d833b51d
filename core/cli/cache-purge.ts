import { type ExitCode, parseOptions, type Terminal, UsageError } from './command.ts';
import { addressOptions, askGateway, errorMessage, gatewayUrl } from './gateway-address.ts';

/** `sluice cache purge`. */
export async function runCachePurge(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = parseOptions(
    args,
    {
      ...addressOptions,
      tenant: { type: 'string' },
      tag: { type: 'string' },
      revision: { type: 'string' },
      request: { type: 'string' },
      all: { type: 'boolean' },
    },
    { min: 0, max: 0 },
  );
  const { tenant, tag, revision, request, all } = values;
  if ([tenant, tag, revision, request, all].every((value) => value === undefined)) {
    throw new UsageError('expected --tenant, --tag, --revision, --request or --all');
  }
  const body = {
    ...(tenant === undefined ? undefined : { tenant }),
    ...(tag === undefined ? undefined : { tag }),
    ...(revision === undefined ? undefined : { revision }),
    ...(request === undefined ? undefined : { request_id: request }),
    ...(all === true ? { all } : undefined),
  };
  const { status, json } = await askGateway(gatewayUrl(values.url, terminal), '/cache/purge', terminal, body);
  if (status !== 200) return failed('purge', json, terminal);
  terminal.out(`purged ${JSON.stringify((json as { purged: unknown }).purged)}\n`);
  return 0;
}

/** `sluice cache stats`. */
export async function runCacheStats(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = parseOptions(args, addressOptions, { min: 0, max: 0 });
  const { status, json } = await askGateway(gatewayUrl(values.url, terminal), '/cache/stats', terminal);
  if (status !== 200) return failed('stats', json, terminal);
  terminal.out(`${JSON.stringify(json, null, 2)}\n`);
  return 0;
}

function failed(action: string, json: unknown, terminal: Terminal): ExitCode {
  terminal.err(`sluice cache ${action}: ${errorMessage(json)}\n`);
  return 1;
}
