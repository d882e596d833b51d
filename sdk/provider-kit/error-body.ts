import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/** What an error body says, whatever its shape. Texts are the provider's own: mask them before anyone sees them. */
export interface ErrorBody {
  /** False for HTML, plain text, nothing, and JSON without an error in it. */
  readonly found: boolean;
  readonly message: string;
  /** Lower case; '' where there is none. Numbers as text. */
  readonly code: string;
  /** Lower case; '' where there is none. */
  readonly type: string;
  readonly param: string | null;
  /** An HTTP status that the body names, such as OpenRouter's numeric code; null where it names none. */
  readonly status: number | null;
  /** The provider behind a provider, and its moderation verdict: OpenRouter's `metadata`, Azure's `innererror`. */
  readonly details: JsonObject;
}

const nothing: ErrorBody = {
  found: false,
  message: '',
  code: '',
  type: '',
  param: null,
  status: null,
  details: {},
};

/**
 * Reads an error body. Known shapes: OpenAI's `{error: {…}}`, also in an array (Gemini's compatible endpoint) or in a
 * choice of a stream's chunk (OpenRouter) or in the response of a `response.failed`; `{error: "text"}` (Ollama); `{detail: "text" | […]}` (FastAPI);
 * `{object: "error", message, …}` (vLLM); the same with such a `detail` as the message (Mistral).
 */
export function readErrorBody(text: string): ErrorBody {
  let body: Json;
  try {
    body = JSON.parse(text) as Json;
  } catch {
    return nothing;
  }
  if (Array.isArray(body)) body = (body as readonly Json[])[0] ?? null;
  if (!isJsonObject(body)) return nothing;
  const error = errorIn(body);
  if (typeof error === 'string') return { ...nothing, found: true, message: error };
  if (error === null) return nothing;

  const code = word(error['code']);
  const inner = isJsonObject(error['innererror']) ? error['innererror'] : {};
  return {
    found: true,
    message: textOf(error['message'] ?? error['msg'] ?? ''),
    code,
    type: word(error['type']) || word(error['status']),
    param: paramOf(error['param']),
    status: statusOf(code) ?? statusOf(word(error['status'])),
    details: isJsonObject(error['metadata']) ? error['metadata'] : { ...inner, list: error['details'] },
  };
}

function errorIn(body: JsonObject): JsonObject | string | null {
  const { error, detail } = body as Record<string, Json | undefined>;
  if (isJsonObject(error)) return error;
  if (typeof error === 'string') return error;
  const choice = Array.isArray(body['choices']) ? (body['choices'] as readonly Json[])[0] : undefined;
  if (isJsonObject(choice) && isJsonObject(choice['error'])) return choice['error'];
  const { response } = body as Record<string, Json | undefined>;
  if (isJsonObject(response) && isJsonObject(response['error'])) return response['error'];
  if (typeof detail === 'string') return detail;
  if (Array.isArray(detail)) return validationOf(detail as readonly Json[]);
  if (isJsonObject(detail)) return detail;
  const { message } = body as Record<string, Json | undefined>;
  // Mistral puts FastAPI's list into the message.
  const list = isJsonObject(message) ? message['detail'] : message;
  if (Array.isArray(list)) return validationOf(list as readonly Json[]);
  const isError = body['object'] === 'error' || body['type'] === 'error' || !('choices' in body);
  return isError && typeof body['message'] === 'string' ? body : null;
}

/** FastAPI's list of what is wrong: the first entry, with the place as `param`. */
function validationOf(list: readonly Json[]): JsonObject {
  const first = list.find(isJsonObject) ?? {};
  const place = Array.isArray(first['loc'])
    ? (first['loc'] as readonly Json[]).filter((part) => part !== 'body')
    : [];
  const unknown = first['type'] === 'extra_forbidden';
  return {
    message: first['msg'],
    type: unknown ? 'unsupported_parameter' : 'invalid_request_error',
    param: place.join('.'),
  };
}

function word(value: Json | undefined): string {
  return typeof value === 'string' ? value.toLowerCase() : typeof value === 'number' ? String(value) : '';
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Only what looks like the name of a field: anything else could be text of any kind. */
function paramOf(value: Json | undefined): string | null {
  return typeof value === 'string' && /^[\w.[\]-]{1,100}$/.test(value) ? value : null;
}

function statusOf(code: string): number | null {
  return /^[45]\d\d$/.test(code) ? Number(code) : null;
}
