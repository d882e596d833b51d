import type { Provider, ProviderCall } from '../../../sdk/provider.ts';
import { apiKeys } from '../../../sdk/provider-kit/api-keys.ts';
import { configuredHeaders, isEmpty, policyHeaders } from '../../../sdk/provider-kit/headers.ts';
import { KeyPool } from '../../../sdk/provider-kit/key-pool.ts';
import type { Secret } from '../../../sdk/secret.ts';
import type { UpstreamRequest } from '../../../sdk/transport.ts';
import type { GeminiAddress } from './address.ts';
import { embeddingMethod } from './embeddings.ts';
import type { GeminiOptions } from './options.ts';

type Headers = Readonly<Record<string, string>>;

/** The headers of one key that are the same for every request. */
interface Template {
  readonly whole: Headers;
  readonly stream: Headers;
}

/**
 * Makes the part of the provider that turns a call into an HTTP request.
 *
 * @throws Error for options that no request could be made with.
 */
export function createRequestBuilder(
  options: GeminiOptions,
  address: GeminiAddress,
): Pick<Provider, 'request' | 'keyCount'> {
  const keys = new KeyPool(credentials(options).map((credential) => templateOf(options, credential)));

  function request(call: ProviderCall): UpstreamRequest {
    const template = keys.next(call.key);
    const own = call.stream ? template.stream : template.whole;
    // What the provider needs is written last: a policy can add headers, not replace these.
    const headers: Record<string, string> = isEmpty(call.headers)
      ? { ...own, traceparent: call.traceparent, 'x-request-id': call.requestId }
      : {
          ...policyHeaders(call.headers),
          ...own,
          traceparent: call.traceparent,
          'x-request-id': call.requestId,
        };
    const path = address.path(call.model, methodOf(call, address.vertex), call.stream);
    return { method: 'POST', origin: address.origin, path, headers, body: call.body };
  }

  return { request, ...keys.count };
}

function methodOf({ api, model, stream }: ProviderCall, vertex: boolean): string {
  if (api === 'count_tokens') return 'countTokens';
  if (api === 'embeddings') return embeddingMethod(model, vertex);
  return stream ? 'streamGenerateContent' : 'generateContent';
}

/** The credential headers, one entry per key; an empty one where there are none. */
function credentials({ api_key: keys, token }: GeminiOptions): Headers[] {
  if (token === undefined) {
    // Never in the query, where proxies and logs would keep it.
    return apiKeys(keys).map((key): Headers => (key === null ? {} : { 'x-goog-api-key': key }));
  }
  if (keys !== undefined)
    throw new Error('api_key and token are both set; keep the one that the server takes');
  return [{ authorization: `Bearer ${tokenText(token)}` }];
}

function tokenText(token: Secret): string {
  const value = token.reveal().trim();
  if (value === '') throw new Error('token is empty; set it, or use api_key');
  if (!/^[\x21-\x7e]+$/.test(value)) throw new Error('token holds a character that no header can carry');
  return value;
}

function templateOf(options: GeminiOptions, credential: Headers): Template {
  const common: Record<string, string> = {
    'user-agent': 'sluice',
    ...configuredHeaders(options.headers),
    ...credential,
    'content-type': 'application/json',
    // A compressed stream comes in lumps, and decoding it costs more than it saves.
    'accept-encoding': 'identity',
  };
  return {
    whole: { ...common, accept: 'application/json' },
    stream: { ...common, accept: 'text/event-stream' },
  };
}
