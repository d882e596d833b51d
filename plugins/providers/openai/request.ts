import type { Provider, ProviderCall } from '../../../sdk/provider.ts';
import { apiKeys } from '../../../sdk/provider-kit/api-keys.ts';
import { parseBaseUrl } from '../../../sdk/provider-kit/base-url.ts';
import { KeyPool } from '../../../sdk/provider-kit/key-pool.ts';
import { headerTemplate, requestHeaders } from '../../../sdk/provider-kit/request-headers.ts';
import type { UpstreamRequest } from '../../../sdk/transport.ts';
import { defaultBaseUrl, type OpenAiOptions } from './options.ts';

/** Where a server answers, by what the body is written in. */
const pathOf: Readonly<Record<string, string>> = {
  chat: '/chat/completions',
  completions: '/completions',
  embeddings: '/embeddings',
  responses: '/responses',
  input_tokens: '/responses/input_tokens',
  messages: '/messages',
};

/**
 * Headers of the client that the server understands, by what the body is written in, and what is sent where the client
 * says nothing. Anthropic's API wants a version always; there is only one.
 */
const passedOn: Readonly<Record<string, readonly (readonly [string, string | undefined])[]>> = {
  responses: [['openai-beta', undefined]],
  input_tokens: [['openai-beta', undefined]],
  messages: [
    ['anthropic-version', '2023-06-01'],
    ['anthropic-beta', undefined],
  ],
};

/**
 * Makes the part of the provider that turns a call into an HTTP request. Everything that does not depend on the call is made once:
 * a request costs one copy of its key's headers.
 *
 * @throws Error for options that no request could be made with.
 */
export function createRequestBuilder(options: OpenAiOptions): Pick<Provider, 'request' | 'keyCount'> {
  const { origin, prefix, query } = parseBaseUrl(options.base_url ?? defaultBaseUrl);
  const keys = new KeyPool(
    apiKeys(options.api_key).map((key) =>
      headerTemplate(options.headers, {
        ...(options.organization === undefined ? {} : { 'openai-organization': options.organization }),
        ...(options.project === undefined ? {} : { 'openai-project': options.project }),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      }),
    ),
  );
  const paths = Object.fromEntries(
    Object.entries(pathOf).map(([wire, path]) => [wire, prefix + path + query]),
  );

  function request(call: ProviderCall): UpstreamRequest {
    const headers = requestHeaders(keys.next(call.key), call);
    for (const [name, otherwise] of passedOn[call.wire] ?? []) {
      // What the configuration or a policy says holds.
      const value = headers[name] ?? call.clientHeaders[name] ?? otherwise;
      if (value !== undefined) headers[name] = value;
    }
    return { method: 'POST', origin, path: paths[call.wire]!, headers, body: call.body };
  }

  return { request, ...keys.count };
}
