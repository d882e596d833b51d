/** An error answer in OpenAI's format. */
export interface MockError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
}

const byStatus: Readonly<Record<number, readonly [type: string, code: string | null, message: string]>> = {
  401: ['invalid_request_error', 'invalid_api_key', 'Incorrect API key provided.'],
  402: ['insufficient_quota', 'insufficient_quota', 'The account has no credit left.'],
  403: ['permission_error', null, 'The key may not do this.'],
  404: ['invalid_request_error', 'model_not_found', 'The model does not exist.'],
  413: ['invalid_request_error', 'request_too_large', 'The request is too large.'],
  429: ['requests', 'rate_limit_exceeded', 'Too many requests.'],
  503: ['server_error', 'overloaded', 'The server is overloaded.'],
  529: ['overloaded_error', 'overloaded', 'The server is overloaded.'],
};

const byCode: Readonly<Record<string, readonly [type: string, message: string]>> = {
  context_length_exceeded: [
    'invalid_request_error',
    'The maximum context length is 8 tokens; the messages have more.',
  ],
  content_filter: ['invalid_request_error', 'The prompt was refused by the content filter.'],
  insufficient_quota: ['insufficient_quota', 'The account has no credit left.'],
};

/** The error that a provider would answer with this status, or with this status and code. */
export function scriptedError(status: number, code?: string): MockError {
  if (code !== undefined && Object.hasOwn(byCode, code)) {
    const [type, message] = byCode[code]!;
    return { status, type, code, message: `${message} (scripted by the mock)`, param: null };
  }
  const [type, own, message] = byStatus[status] ?? [
    status < 500 ? 'invalid_request_error' : 'server_error',
    null,
    `The request ended with status ${status}.`,
  ];
  return { status, type, code: own, message: `${message} (scripted by the mock)`, param: null };
}

/** The request itself is wrong. */
export function requestError(message: string, param: string | null = null): MockError {
  return { status: 400, type: 'invalid_request_error', code: null, message, param };
}

/** The body of an error answer, and the payload of an error event. */
export function errorBody({ message, type, code, param }: MockError): string {
  return JSON.stringify({ error: { message, type, param, code } });
}
