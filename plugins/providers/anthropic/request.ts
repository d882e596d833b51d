import type { Provider, ProviderCall } from '../../../sdk/provider.ts';
import { apiKeys } from '../../../sdk/provider-kit/api-keys.ts';
import { parseBaseUrl } from '../../../sdk/provider-kit/base-url.ts';
import { KeyPool } from '../../../sdk/provider-kit/key-pool.ts';
import { headerTemplate, requestHeaders } from '../../../sdk/provider-kit/request-headers.ts';
import type { UpstreamRequest } from '../../../sdk/transport.ts';
import { mergeBetas } from './betas.ts';
import { type AnthropicOptions, anthropicSchema } from './options.ts';

/** Where a server answers, by what the body is written in. */
const pathOf: Readonly<Record<string, string>> = {
  messages: '/v1/messages',
  count_tokens: '/v1/messages/count_tokens',
};

/**
 * Makes the part of the provider that turns a call into an HTTP request. Everything that does not depend on the call is made once.
 *
 * @throws Error for options that no request could be made with.
 */
export function createRequestBuilder(options: AnthropicOptions): Pick<Provider, 'request' | 'keyCount'> {
  const { base_url, auth, version: versionOption } = anthropicSchema.properties;
  const { origin, prefix, query } = parseBaseUrl(options.base_url ?? base_url.default);
  const base = prefix.replace(/\/v1$/, '');
  const paths = Object.fromEntries(Object.entries(pathOf).map(([wire, path]) => [wire, base + path + query]));
  const version = options.version ?? versionOption.default;
  const bearer = (options.auth ?? auth.default) === 'bearer';
  const keys = new KeyPool(
    apiKeys(options.api_key).map((key) =>
      headerTemplate(
        options.headers,
        key === null ? {} : bearer ? { authorization: `Bearer ${key}` } : { 'x-api-key': key },
      ),
    ),
  );
  const betas = [...new Set(options.betas ?? [])];

  function request(call: ProviderCall): UpstreamRequest {
    const headers = requestHeaders(keys.next(call.key), call);
    const client = call.clientHeaders;
    headers['anthropic-version'] ??= client['anthropic-version'] ?? version;
    const wanted = mergeBetas(betas, headers['anthropic-beta'], client['anthropic-beta']);
    if (wanted !== '') headers['anthropic-beta'] = wanted;
    return { method: 'POST', origin, path: paths[call.wire]!, headers, body: call.body };
  }

  return { request, ...keys.count };
}
