import { anonymous, type Identity } from '../../sdk/identity.ts';
import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import type { Models } from '../../sdk/services.ts';
import type { Api } from '../../sdk/view.ts';
import { CaseError, type Given, type GivenRequest, type UpstreamReply } from './case.ts';
import { type GivenBudgets, givenBudgets } from './given-facts.ts';

/** A request with everything around it that a policy can see. */
export interface Situation {
  readonly api: Api;
  readonly body: JsonObject;
  /** Lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly identity: Identity;
  readonly ip: string;
  readonly nowMs: number;
  /** Null for the usual one of tests. */
  readonly requestId: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Null for the estimate. */
  readonly tokensIn: number | null;
  readonly upstream: readonly UpstreamReply[];
  readonly budgets: GivenBudgets;
}

/** Noon of a Thursday: within any hours of work. */
const defaultNowMs = Date.UTC(2026, 0, 1, 12);
/** One transparent pixel. */
const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';

/**
 * Makes a request of facts.
 *
 * @throws CaseError where the facts contradict each other or cannot be had.
 */
export function situationOf(given: Given, models: Models): Situation {
  const { request = {}, tenant, key, user, feature, seed } = given;
  const api = request.api ?? 'chat';
  const body = bodyOf(api, request, models);
  return {
    api,
    body,
    headers: lowerCase(request.headers ?? {}),
    identity: {
      tenant: { ...anonymous.tenant, ...tenant },
      key: { ...anonymous.key, ...key },
      user: user ?? null,
      feature: feature ?? null,
    },
    ip: given.ip ?? '127.0.0.1',
    nowMs: nowOf(given.now),
    requestId: seed === undefined ? null : String(seed).startsWith('req_') ? String(seed) : `req_${seed}`,
    tags: given.tags ?? {},
    tokensIn: request.tokensIn ?? null,
    upstream: given.upstream ?? [],
    budgets: givenBudgets(given.budget),
  };
}

function nowOf(now: string | undefined): number {
  if (now === undefined) return defaultNowMs;
  const ms = Date.parse(now);
  if (Number.isNaN(ms))
    throw new CaseError(`given.now: expected a time such as 2026-01-31T09:30:00Z, got "${now}"`);
  return ms;
}

function bodyOf(api: Api, request: GivenRequest, models: Models): JsonObject {
  const base = request.body ?? {};
  const model = request.model ?? base['model'] ?? models.aliases[0];
  if (typeof model !== 'string') {
    throw new CaseError(
      'given.request.model: expected a model or alias; the configuration has no alias to use instead',
    );
  }
  const common: JsonObject = {
    ...base,
    model,
    ...(request.stream === undefined ? undefined : { stream: request.stream }),
    ...request.params,
  };
  switch (api) {
    case 'chat':
      return chatBody(common, request);
    case 'messages':
    case 'count_tokens':
      return messagesBody(common, request);
    case 'responses':
      return responsesBody(common, request);
    case 'completions':
      return textBody(common, request, api, 'prompt');
    case 'embeddings':
      return textBody(common, request, api, 'input');
  }
}

function chatBody(common: JsonObject, request: GivenRequest): JsonObject {
  const image = { type: 'image_url', image_url: { url: pixel } };
  const system = request.system === undefined ? [] : [{ role: 'system', content: request.system }];
  const own = [...system, ...conversation(request, image)];
  return {
    ...common,
    messages: own.length > 0 ? own : (common['messages'] ?? [{ role: 'user', content: 'Hello' }]),
    ...toolsOf(request, (name) => ({ type: 'function', function: { name, parameters: { type: 'object' } } })),
    ...(request.json === true ? { response_format: { type: 'json_object' } } : undefined),
  };
}

function messagesBody(common: JsonObject, request: GivenRequest): JsonObject {
  const source = { type: 'base64', media_type: 'image/png', data: pixel.slice(pixel.indexOf(',') + 1) };
  const own = conversation(request, { type: 'image', source });
  return {
    max_tokens: 1024,
    ...common,
    ...(request.system === undefined ? undefined : { system: request.system }),
    messages: own.length > 0 ? own : (common['messages'] ?? [{ role: 'user', content: 'Hello' }]),
    ...toolsOf(request, (name) => ({ name, input_schema: { type: 'object' } })),
  };
}

function responsesBody(common: JsonObject, request: GivenRequest): JsonObject {
  const own = conversation(request, { type: 'input_image', image_url: pixel }, 'input_text');
  return {
    ...common,
    ...(request.system === undefined ? undefined : { instructions: request.system }),
    input: own.length > 0 ? own : (common['input'] ?? 'Hello'),
    ...toolsOf(request, (name) => ({ type: 'function', name, parameters: { type: 'object' } })),
    ...(request.json === true ? { text: { format: { type: 'json_object' } } } : undefined),
  };
}

function textBody(common: JsonObject, request: GivenRequest, api: Api, field: string): JsonObject {
  for (const name of ['messages', 'system', 'tools', 'images', 'json'] as const) {
    if (request[name] !== undefined)
      throw new CaseError(`given.request.${name}: ${api} requests have none; use lastUser`);
  }
  return { ...common, [field]: request.lastUser ?? common[field] ?? 'Hello' };
}

function toolsOf(request: GivenRequest, make: (name: string) => JsonObject): JsonObject | undefined {
  if (request.tools === undefined) return undefined;
  return { tools: request.tools.map((tool) => (typeof tool === 'string' ? make(tool) : tool)) };
}

/** `messages` and then `lastUser`, with the images of the last message. */
function conversation(request: GivenRequest, image: JsonObject, textType = 'text'): JsonObject[] {
  const { messages = [], lastUser, images = 0 } = request;
  const all = messages.map((message) => messageOf(message, image, textType));
  if (lastUser !== undefined) all.push({ role: 'user', content: lastUser });
  if (images > 0) {
    const last = all.pop() ?? { role: 'user', content: 'Hello' };
    all.push({ ...last, content: withImages(last['content'] ?? '', images, image, textType) });
  }
  return all;
}

function messageOf(message: string | JsonObject, image: JsonObject, textType: string): JsonObject {
  if (typeof message === 'string') return { role: 'user', content: message };
  const { text, images, ...rest } = message;
  const content = rest['content'] ?? text;
  const count = typeof images === 'number' ? images : 0;
  const whole = count > 0 ? withImages(content ?? '', count, image, textType) : content;
  return { role: 'user', ...rest, ...(whole === undefined ? undefined : { content: whole }) };
}

function withImages(content: Json, count: number, image: JsonObject, textType: string): Json {
  const parts = Array.isArray(content)
    ? content
    : [{ type: textType, text: isJsonObject(content) ? '' : content }];
  return [...parts, ...Array.from({ length: count }, () => image)];
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
