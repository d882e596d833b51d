import type { Provider, ProviderCall } from '../../../sdk/provider.ts';
import { apiKeys } from '../../../sdk/provider-kit/api-keys.ts';
import { KeyPool } from '../../../sdk/provider-kit/key-pool.ts';
import { headerTemplate, requestHeaders } from '../../../sdk/provider-kit/request-headers.ts';
import type { UpstreamRequest } from '../../../sdk/transport.ts';
import type { AzureAddress } from './address.ts';
import { withModel } from './body-model.ts';
import type { AzureOptions } from './options.ts';

/**
 * Makes the part of the provider that turns a call into an HTTP request. Everything that does not depend on the call is made once.
 *
 * @throws Error for options that no request could be made with.
 */
export function createRequestBuilder(
  options: AzureOptions,
  address: AzureAddress,
): Pick<Provider, 'request' | 'keyCount'> {
  const deployments = new Map(Object.entries(options.deployments ?? {}));
  const keys = new KeyPool(
    credentials(options).map((credential) => headerTemplate(options.headers, credential)),
  );

  function request(call: ProviderCall): UpstreamRequest {
    const deployment = deployments.get(call.model) ?? call.model;
    const renamed = deployment !== call.model && address.namesInBody(call.wire);
    return {
      method: 'POST',
      origin: address.origin,
      path: address.path(call.wire, deployment),
      headers: requestHeaders(keys.next(call.key), call),
      body: renamed ? withModel(call.body.toString(), deployment) : call.body,
    };
  }

  return { request, ...keys.count };
}

function credentials({ api_key, token }: AzureOptions): readonly Record<string, string>[] {
  if (token !== undefined && api_key !== undefined) {
    throw new Error('api_key and token are both set; Azure takes one of them, leave the other out');
  }
  if (token !== undefined) {
    const value = token.reveal().trim();
    if (!/^[\x21-\x7e]+$/.test(value)) throw new Error('token is empty or holds what no header can carry');
    return [{ authorization: `Bearer ${value}` }];
  }
  return apiKeys(api_key).map((key): Record<string, string> => (key === null ? {} : { 'api-key': key }));
}
