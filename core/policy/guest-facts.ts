import type { Json } from '../../sdk/json.ts';
import type { GuestFacts } from '../sandbox/sandbox.ts';
import type { Facts } from './facts.ts';

/** Facts that cross into the sandbox only when a function reads them: copying and parsing them is the main cost. */
export const LARGE_FACTS: readonly string[] = [
  'budget',
  'request.messages',
  'request.lastUser',
  'request.params',
  'request.headers',
  'request.tools',
  'resp.text',
];

/** The facts of a hook call as `fn()` and `run()` get them. Texts are made when asked for, and kept. */
export function guestFacts(facts: Facts): GuestFacts {
  let small: string | undefined;
  return {
    small() {
      small ??= JSON.stringify(smallFacts(facts));
      return small;
    },
    large: (path) => JSON.stringify(largeFact(facts, path)),
  };
}

function smallFacts(facts: Facts): object {
  const { ctx, up, resp } = facts;
  const { view, identity } = ctx;
  return {
    phase: facts.phase,
    requestId: ctx.requestId,
    now: ctx.arrivedAtMs,
    attempt: facts.attempt,
    user: identity.user,
    feature: identity.feature,
    ip: ctx.ip,
    tenant: identity.tenant,
    key: identity.key,
    request: {
      api: view.api,
      model: view.model,
      tier: facts.tier,
      stream: view.stream,
      tokensIn: view.inputTokens,
    },
    tags: ctx.tags,
    up,
    resp: resp === null ? null : { ...resp, text: undefined },
  };
}

function largeFact(facts: Facts, path: string): Json {
  const { view, headers } = facts.ctx;
  switch (path) {
    case 'budget':
      return facts.budgets() as unknown as Json;
    case 'request.messages':
      return view.messages as unknown as Json;
    case 'request.lastUser':
      return view.lastUser;
    case 'request.params':
      return view.params;
    case 'request.headers':
      return headers;
    case 'request.tools':
      return view.tools;
    case 'resp.text':
      return facts.resp?.text ?? '';
    default:
      throw new Error(`expected one of ${LARGE_FACTS.join(', ')}, got ${path}`);
  }
}
