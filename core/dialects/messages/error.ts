import type { GatewayError } from '../../../sdk/errors.ts';
import type { JsonObject } from '../../../sdk/json.ts';

/** Anthropic's error types, by status. */
const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** The error as Anthropic's clients expect it, with the gateway's own code beside the type. */
export function messagesError(error: GatewayError): JsonObject {
  return {
    type: 'error',
    error: {
      type: typeOf(error),
      message: error.message,
      code: error.code,
      // Where Anthropic's clients look for what became of a message thread.
      ...(error.code.startsWith('thread_') ? { details: { error_code: error.code } } : undefined),
    },
  };
}

/** The error body: `{"type":"error","error":{"type","message","code"},"request_id"}`. */
export function messagesErrorBody(error: GatewayError, requestId: string): string {
  return JSON.stringify({ ...messagesError(error), request_id: requestId });
}

/** True for an answer or a stream event that is an error, whatever its status said. */
export function isMessagesError(value: JsonObject): boolean {
  const { type, error } = value;
  return type === 'error' || (error !== undefined && error !== null && error !== false && error !== '');
}

function typeOf({ code, status }: GatewayError): string {
  if (code === 'overloaded') return 'overloaded_error';
  return types[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}
