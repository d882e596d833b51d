import type { Provider, ProviderCall } from '../../../sdk/provider.ts';
import { apiKeys } from '../../../sdk/provider-kit/api-keys.ts';
import { parseBaseUrl } from '../../../sdk/provider-kit/base-url.ts';
import { configuredHeaders, isEmpty, policyHeaders } from '../../../sdk/provider-kit/headers.ts';
import { KeyPool } from '../../../sdk/provider-kit/key-pool.ts';
import type { UpstreamRequest } from '../../../sdk/transport.ts';
import { type OllamaOptions, ollamaSchema } from './options.ts';

/**
 * Makes the part of the provider that turns a call into an HTTP request.
 *
 * @throws Error for options that no request could be made with.
 */
export function createRequestBuilder(options: OllamaOptions): Pick<Provider, 'request' | 'keyCount'> {
  const { origin, prefix, query } = parseBaseUrl(
    options.base_url ?? ollamaSchema.properties.base_url.default,
  );
  const keys = new KeyPool(apiKeys(options.api_key).map((key) => headersOf(options, key)));
  // People write the address with /api, as the documentation's examples do.
  const root = prefix.endsWith('/api') ? prefix : `${prefix}/api`;
  const paths = {
    chat: `${root}/chat${query}`,
    embed: `${root}/embed${query}`,
    generate: `${root}/generate${query}`,
  };

  function request(call: ProviderCall): UpstreamRequest {
    const { api, headers, body, traceparent, requestId } = call;
    const path = api === 'embeddings' ? paths.embed : api === 'completions' ? paths.generate : paths.chat;
    const own = keys.next(call.key);
    const ids = { traceparent, 'x-request-id': requestId };
    // What the provider needs is written last: a policy can add headers, not replace these.
    const all = isEmpty(headers) ? { ...own, ...ids } : { ...policyHeaders(headers), ...own, ...ids };
    return { method: 'POST', origin, path, headers: all, body };
  }

  return { request, ...keys.count };
}

function headersOf(options: OllamaOptions, key: string | null): Readonly<Record<string, string>> {
  return {
    'user-agent': 'sluice',
    ...configuredHeaders(options.headers),
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    'content-type': 'application/json',
    'accept-encoding': 'identity',
    // The body says whether to stream.
    accept: 'application/x-ndjson, application/json',
  };
}
