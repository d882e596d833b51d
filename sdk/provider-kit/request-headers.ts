import type { ProviderCall } from '../provider.ts';
import { configuredHeaders, isEmpty, policyHeaders } from './headers.ts';

type Headers = Readonly<Record<string, string>>;

/** The headers of one key that are the same for every request. */
export interface HeaderTemplate {
  readonly whole: Headers;
  readonly stream: Headers;
}

/**
 * Headers made once for all requests with one key.
 *
 * @param configured the option `headers`.
 * @param own the provider's own, credentials among them; lower case. They win.
 * @throws Error for configured names and values that HTTP cannot carry.
 */
export function headerTemplate(configured: Headers | undefined, own: Headers): HeaderTemplate {
  const common: Record<string, string> = {
    'user-agent': 'sluice',
    ...configuredHeaders(configured),
    ...own,
    'content-type': 'application/json',
    // A compressed stream comes in lumps, and decoding it costs more than it saves.
    'accept-encoding': 'identity',
  };
  return {
    whole: { ...common, accept: 'application/json' },
    stream: { ...common, accept: 'text/event-stream' },
  };
}

/** The headers of one request. What the provider needs wins: a policy can add headers, not replace these. */
export function requestHeaders(template: HeaderTemplate, call: ProviderCall): Record<string, string> {
  const own = call.stream ? template.stream : template.whole;
  return isEmpty(call.headers)
    ? { ...own, traceparent: call.traceparent, 'x-request-id': call.requestId }
    : {
        ...policyHeaders(call.headers),
        ...own,
        traceparent: call.traceparent,
        'x-request-id': call.requestId,
      };
}
