import type { FailureKind } from '../target.ts';

/** What an error means, before the words for the client are chosen. */
export type Cause =
  | 'auth'
  | 'content_filter'
  | 'context_length'
  | 'invalid_request'
  | 'malformed'
  | 'model_not_found'
  | 'overloaded'
  | 'quota'
  | 'rate_limit'
  | 'redirect'
  | 'server_error'
  | 'timeout'
  | 'too_large'
  | 'unsupported_parameter'
  | 'wrong_address';

/** What a cause comes to: how it is routed, and what the client is told. */
export interface Outcome {
  readonly kind: FailureKind;
  readonly code: string;
  readonly status: number;
  /** After the provider's name. Request errors show the provider's own reason instead, masked, where it gave one. */
  readonly words: string;
  readonly showsReason?: boolean;
}

/** One entry per cause. The words are ours: a provider's own could name keys, accounts and hosts. */
export const outcomes: Readonly<Record<Cause, Outcome>> = {
  auth: {
    kind: 'auth',
    code: 'upstream_error',
    status: 502,
    words: "refused the gateway's own credentials. Your key is fine; tell whoever runs the gateway.",
  },
  content_filter: {
    kind: 'content_filter',
    code: 'content_filter',
    status: 400,
    words: 'refused the request by its content policy. Change the prompt.',
    showsReason: true,
  },
  context_length: {
    kind: 'context_length',
    code: 'context_length_exceeded',
    status: 400,
    words: 'takes fewer tokens than the request has. Shorten it, or use a model with a larger context.',
    showsReason: true,
  },
  invalid_request: {
    kind: 'invalid_request',
    code: 'invalid_request',
    status: 400,
    words: 'does not accept the request, and gave no reason. Compare it with the documentation of its API.',
    showsReason: true,
  },
  malformed: {
    kind: 'malformed',
    code: 'upstream_error',
    status: 502,
    words: 'answered with something that is no answer of this API. Try again later.',
  },
  model_not_found: {
    kind: 'not_found',
    code: 'model_not_found',
    status: 404,
    words: "does not have this model, or not for the gateway's account. Use another model.",
  },
  overloaded: {
    kind: 'overloaded',
    code: 'overloaded',
    status: 503,
    words: 'is overloaded. Try again later.',
  },
  quota: {
    kind: 'rate_limit',
    code: 'insufficient_quota',
    status: 429,
    words:
      "has no quota left for the gateway's account. Waiting does not help; tell whoever runs the gateway.",
  },
  rate_limit: {
    kind: 'rate_limit',
    code: 'rate_limit_exceeded',
    status: 429,
    words: 'gets more requests or tokens from the gateway than it allows. Try again later.',
  },
  redirect: {
    kind: 'malformed',
    code: 'upstream_error',
    status: 502,
    words:
      "answered with a redirect, which is not followed. Tell whoever runs the gateway: base_url is not the API's address.",
  },
  server_error: {
    kind: 'server_error',
    code: 'upstream_error',
    status: 502,
    words: 'had an error of its own. Try again later.',
  },
  timeout: {
    kind: 'timeout',
    code: 'upstream_timeout',
    status: 504,
    words: 'did not finish the request in its own time limit. Try again, or ask for less.',
  },
  too_large: {
    kind: 'context_length',
    code: 'request_too_large',
    status: 413,
    words: 'takes smaller requests only. Shorten it, or send images as addresses.',
    showsReason: true,
  },
  unsupported_parameter: {
    kind: 'invalid_request',
    code: 'unsupported_parameter',
    status: 400,
    words: 'does not support a parameter of the request.',
    showsReason: true,
  },
  wrong_address: {
    kind: 'not_found',
    code: 'upstream_error',
    status: 502,
    words: 'has no such endpoint. Tell whoever runs the gateway: check base_url and apis.',
  },
};
