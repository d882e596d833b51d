import { type BaseUrl, parseBaseUrl } from '../../../sdk/provider-kit/base-url.ts';
import type { BedrockOptions } from './options.ts';

/** Where requests go. */
export interface Endpoint {
  /** Scheme, host and port. */
  readonly origin: string;
  /** As the `host` header has it; requests are signed for it. */
  readonly host: string;
  /** Before `/model/…`; '' where there is nothing. */
  readonly prefix: string;
  /** What requests are signed for; null where nothing says, which bearer tokens do not need. */
  readonly region: string | null;
}

const regionForm = /^[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}$/;
/** Hosts of AWS, VPC endpoints included, that say the region. */
const awsHost = /(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?$/;

/**
 * The Bedrock runtime of a region, or whatever `base_url` names.
 *
 * @throws Error where neither says where to go, and for what is no region.
 */
export function endpointOf({ region, base_url }: BedrockOptions): Endpoint {
  const base = base_url === undefined ? null : parseBaseUrl(base_url);
  if (base !== null && base.query !== '') throw new Error('base_url must not have a query');
  const named = region === undefined || region === '' ? (hostOf(base)?.match(awsHost)?.[1] ?? null) : region;
  if (named !== null && !regionForm.test(named)) {
    throw new Error(`region must be one of AWS, such as us-east-1; came ${JSON.stringify(named)}`);
  }
  if (base === null && named === null) {
    throw new Error('region is missing: name the AWS region that requests go to, such as us-east-1');
  }
  const suffix = named?.startsWith('cn-') === true ? 'amazonaws.com.cn' : 'amazonaws.com';
  const origin = base?.origin ?? `https://bedrock-runtime.${named}.${suffix}`;
  return { origin, host: new URL(origin).host, prefix: base?.prefix ?? '', region: named };
}

function hostOf(base: BaseUrl | null): string | null {
  return base === null ? null : new URL(base.origin).hostname;
}
