import { GatewayError } from '../../../sdk/errors.ts';
import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import type { Dialect } from '../../dialects/dialect.ts';
import { dialectFor } from '../../dialects/registry.ts';
import { inferencePaths } from '../../server/routes.ts';

const maxHeaders = 100;
const maxHeaderChars = 8192;
const headerName = /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
/** They say how the request came, and this one came otherwise. */
const carriers: ReadonlySet<string> = new Set([
  'host',
  'cookie',
  'connection',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'origin',
]);

/** A request to be sent past a draft. */
export interface RunRequest {
  readonly dialect: Dialect;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * The request that somebody wants to try.
 *
 * @throws GatewayError 400 `invalid_request` that names the member.
 */
export function readRunRequest({ api, headers = {}, body }: JsonObject): RunRequest {
  const path = typeof api === 'string' ? (api.startsWith('/v1/') ? api : `/v1${api}`) : '';
  const found = inferencePaths.find((one) => one.path === path);
  if (found === undefined) {
    throw refused('api', `expected one of ${inferencePaths.map((one) => one.path).join(', ')}`);
  }
  if (!isJsonObject(body)) throw refused('body', 'expected the JSON object that a client would send');
  if (!isJsonObject(headers)) throw refused('headers', 'expected an object of texts');
  const entries = Object.entries(headers);
  if (entries.length > maxHeaders) throw refused('headers', `expected at most ${maxHeaders}`);
  const safe: Record<string, string> = Object.create(null);
  for (const [name, value] of entries) {
    const lower = name.toLowerCase();
    if (!headerName.test(lower)) throw refused('headers', 'expected names of headers');
    if (typeof value !== 'string' || value.length > maxHeaderChars || /[\r\n\0]/.test(value)) {
      throw refused(`headers.${lower}`, `expected one line of at most ${maxHeaderChars} characters`);
    }
    if (!carriers.has(lower)) safe[lower] = value;
  }
  return {
    dialect: dialectFor(found.api)!,
    headers: { ...safe, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  };
}

function refused(param: string, message: string): GatewayError {
  return new GatewayError('invalid_request', `${param}: ${message}.`, { param });
}
