import type { Answer } from '../../../sdk/chunk.ts';
import type { AttemptContext, RequestContext, ResponseContext } from '../../../sdk/context.ts';
import { anonymous, type Identity } from '../../../sdk/identity.ts';
import type { Models } from '../../../sdk/services.ts';
import type { Target, Tier } from '../../../sdk/target.ts';
import type { RequestView } from '../../../sdk/view.ts';
import { target } from '../route/models.ts';

export { target };

const targets: Readonly<Record<string, readonly Target[]>> = {
  mini: [target('mock/gpt-mini', { tier: 'mini', region: 'us' })],
  'mini-alt': [target('mock-eu/gpt-mini', { tier: 'mini', region: 'eu' })],
  standard: [target('mock/gpt', { region: 'us' })],
  frontier: [target('mock/gpt-large', { tier: 'frontier', region: 'us' })],
  candidate: [target('mock/gpt-next', { tier: 'frontier', region: 'us' })],
};

/** The aliases of the example policies. */
export const models: Models = {
  aliases: Object.keys(targets),
  resolve: (name) =>
    Object.hasOwn(targets, name) ? targets[name] : Object.values(targets).find(([one]) => one?.id === name),
  strategy: () => 'ordered',
  tier: (name): Tier => (Object.hasOwn(targets, name) ? targets[name]![0]!.tier : 'standard'),
  nearest: (name) => Object.keys(targets).find((known) => known.startsWith(name.slice(0, 3))),
};

export interface Given {
  readonly identity?: Partial<Omit<Identity, 'tenant'>> & { readonly tenant?: Partial<Identity['tenant']> };
  readonly view?: Partial<RequestView>;
  readonly ctx?: Partial<RequestContext>;
}

/** A request with everything unsaid at its default: a chat of one user message for the alias `standard`. */
export function requestContext({ identity, view, ctx }: Given = {}): RequestContext {
  const lastUser = view?.lastUser ?? 'hello';
  return {
    requestId: 'req_1',
    traceId: 'a'.repeat(32),
    arrivedAtMs: Date.UTC(2026, 2, 4, 10, 30),
    ip: '10.0.0.1',
    headers: {},
    caller: { type: 'open' },
    aside: null,
    identity: { ...anonymous, ...identity, tenant: { ...anonymous.tenant, ...identity?.tenant } },
    tags: {},
    verbs: [],
    policyVersion: 'test',
    signal: new AbortController().signal,
    view: {
      api: 'chat',
      body: {},
      model: 'standard',
      stream: false,
      messages: [{ role: 'user', text: lastUser, images: 0 }],
      lastUser,
      texts: [],
      others: [],
      tools: [],
      imageCount: 0,
      wantsJson: false,
      hasSystem: false,
      params: {},
      maxOutputTokens: null,
      inputTokens: 10,
      ...view,
    },
    ...ctx,
  };
}

export function attemptContext(
  given: Given & { readonly target?: Target; readonly attempt?: number } = {},
): AttemptContext {
  const one = given.target ?? target('mock/gpt');
  return {
    ...requestContext(given),
    attempt: given.attempt ?? 1,
    target: one,
    plan: { targets: [one], chain: { on: [] }, retry: { max: 0 }, failover: {}, conditions: [null] },
    earlier: [],
    hedge: false,
  };
}

export function responseContext(given: Given & Partial<ResponseContext> = {}): ResponseContext {
  return {
    ...requestContext(given),
    target: given.target === undefined ? target('mock/gpt') : given.target,
    attempt: given.attempt ?? 1,
    status: 200,
    cached: given.cached ?? false,
    elapsedMs: given.elapsedMs ?? 120,
  };
}

export function answer(text: string, more: Partial<Answer> = {}): Answer {
  return {
    status: 200,
    model: 'gpt',
    choices: [{ text, reasoning: '', refusal: '', toolCalls: [], finish: 'stop' }],
    usage: {
      inputTokens: 10,
      cacheReadTokens: 0,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: 20,
      reasoningTokens: 0,
      estimated: false,
    },
    ...more,
  };
}
