import { parseBaseUrl } from '../../../sdk/provider-kit/base-url.ts';
import { type AzureOptions, defaultApiVersion } from './options.ts';

/** Where the APIs of a resource are. */
export interface AzureAddress {
  readonly origin: string;
  /** '' for the v1 API without a version of its own. */
  readonly apiVersion: string;
  /** True where the deployment's name stands in the body and not in the path. */
  namesInBody(wire: string): boolean;
  /** Path and query, by what the body is written in. */
  path(wire: string, deployment: string): string;
}

const ends: Readonly<Record<string, string>> = {
  chat: '/chat/completions',
  completions: '/completions',
  embeddings: '/embeddings',
  responses: '/responses',
};

/**
 * Takes the address of a resource apart. An address that ends in `/v1` is that of the v1 API, which has OpenAI's own
 * paths; any other is that of a resource, whose paths name the deployment (all but that of the Responses API).
 *
 * @throws Error that says what is wrong with it.
 */
export function azureAddress({ base_url, api_version }: AzureOptions): AzureAddress {
  const { origin, prefix, query } = parseBaseUrl(base_url);
  const parameters = new URLSearchParams(query);
  const v1 = prefix.endsWith('/v1');
  const apiVersion = api_version ?? parameters.get('api-version') ?? (v1 ? '' : defaultApiVersion);
  if (apiVersion !== '') parameters.set('api-version', apiVersion);
  const tail = parameters.size === 0 ? '' : `?${parameters.toString()}`;
  const base = v1 || prefix.endsWith('/openai') ? prefix : `${prefix}/openai`;
  const inBody = (wire: string) => v1 || wire === 'responses';

  return {
    origin,
    apiVersion,
    namesInBody: inBody,
    path: (wire, deployment) =>
      inBody(wire)
        ? `${base}${ends[wire]!}${tail}`
        : `${base}/deployments/${encodeURIComponent(deployment)}${ends[wire]!}${tail}`,
  };
}
