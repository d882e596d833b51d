import type { ProviderCall } from '../../../sdk/provider.ts';
import { reservedHeaders } from '../../../sdk/reserved-headers.ts';
import type { UpstreamRequest } from '../../../sdk/transport.ts';
import { parseBaseUrl } from './base-url.ts';
import { KeyPool } from './key-pool.ts';
import { defaultBaseUrl, type OfferedApi, type OpenAiOptions } from './options.ts';

type Headers = Readonly<Record<string, string>>;

/** The headers of one key that are the same for every request. */
interface Template {
  readonly whole: Headers;
  readonly stream: Headers;
}

const pathOf: Readonly<Record<OfferedApi, string>> = {
  chat: '/chat/completions',
  completions: '/completions',
  embeddings: '/embeddings',
};

/**
 * Makes the function that turns a call into an HTTP request. Everything that does not depend on the call is made once:
 * a request costs one copy of its key's headers.
 *
 * @throws Error for options that no request could be made with.
 */
export function createRequestBuilder(options: OpenAiOptions): (call: ProviderCall) => UpstreamRequest {
  const { origin, prefix, query } = parseBaseUrl(options.base_url ?? defaultBaseUrl);
  const keys = new KeyPool(keysOf(options).map((key) => templateOf(options, key)));
  const paths = Object.fromEntries(Object.entries(pathOf).map(([api, path]) => [api, prefix + path + query]));

  return function request(call) {
    const template = keys.next();
    const own = call.stream ? template.stream : template.whole;
    // What the provider needs is written last: a policy can add headers, not replace these.
    const headers: Record<string, string> = isEmpty(call.headers)
      ? { ...own, traceparent: call.traceparent, 'x-request-id': call.requestId }
      : { ...allowed(call.headers), ...own, traceparent: call.traceparent, 'x-request-id': call.requestId };
    return { method: 'POST', origin, path: paths[call.api]!, headers, body: call.body };
  };
}

/** The keys as text; one null where the server wants none. */
function keysOf({ api_key: configured }: OpenAiOptions): readonly (string | null)[] {
  if (configured === undefined) return [null];
  const secrets = Array.isArray(configured) ? configured : [configured];
  if (secrets.length === 0) throw new Error('api_key is an empty list; name a key or leave it out');
  return secrets.map((secret, index) => {
    // Keys that come from files end with a newline more often than not.
    const key = secret.reveal().trim();
    const which = secrets.length > 1 ? `api_key[${index}]` : 'api_key';
    if (key === '')
      throw new Error(`${which} is empty; set it, or leave api_key out for a server that wants none`);
    if (!/^[\x21-\x7e]+$/.test(key)) throw new Error(`${which} holds a character that no header can carry`);
    return key;
  });
}

function templateOf(options: OpenAiOptions, key: string | null): Template {
  const common: Record<string, string> = {
    'user-agent': 'sluice',
    ...lowerCase(options.headers ?? {}),
    ...(options.organization === undefined ? {} : { 'openai-organization': options.organization }),
    ...(options.project === undefined ? {} : { 'openai-project': options.project }),
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    'content-type': 'application/json',
    // A compressed stream comes in lumps, and decoding it costs more than it saves.
    'accept-encoding': 'identity',
  };
  return {
    whole: { ...common, accept: 'application/json' },
    stream: { ...common, accept: 'text/event-stream' },
  };
}

function lowerCase(headers: Headers): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(lower) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new Error(`headers: ${JSON.stringify(name)} or its value is none that HTTP can carry`);
    }
    result[lower] = value;
  }
  return result;
}

function allowed(headers: Headers): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name in headers) {
    if (!reservedHeaders.has(name.toLowerCase())) result[name.toLowerCase()] = headers[name]!;
  }
  return result;
}

function isEmpty(headers: Headers): boolean {
  for (const _name in headers) return false;
  return true;
}
