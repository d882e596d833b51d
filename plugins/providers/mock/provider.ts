import { defineProvider, type Provider } from '../../../sdk/provider.ts';
import { mockFailure } from './failure.ts';
import { type MockOptions, mockSchema } from './options.ts';
import { createMockTransport } from './transport.ts';

/** Where a mock in the same process says it is. Nothing ever connects there. */
const origin = 'http://mock.invalid';

const paths: Readonly<Record<string, string>> = {
  chat: '/v1/chat/completions',
  completions: '/v1/completions',
  embeddings: '/v1/embeddings',
};

/**
 * Answers in process, without keys, costs or a network: for the first minutes with the gateway, for policy tests, and
 * for provoking every failure on purpose.
 *
 * @example
 * providers:
 *   mock: { kind: mock, replies: [{ when: refund, text: "Refunds take five days." }] }
 * models:
 *   flaky: mock/gpt+error-429+fail-2-then-ok
 */
export const mockProvider = defineProvider<MockOptions>({
  kind: 'mock',
  summary: 'Answers in process, deterministically, with every failure on demand.',
  schema: mockSchema,
  secrets: [],
  vendor: () => 'mock',
  create(options, { clock }): Provider {
    return {
      streamUsage: true,
      transport: createMockTransport(options, clock),
      dialect: (api) => {
        if (api === 'messages' || api === 'responses') return 'chat';
        return api === 'count_tokens' ? null : api;
      },
      request: ({ wire, body, requestId, traceparent, headers }) => ({
        method: 'POST',
        origin,
        path: paths[wire]!,
        headers: { ...headers, 'content-type': 'application/json', traceparent, 'x-request-id': requestId },
        body,
      }),
      failure: mockFailure,
    };
  },
});
