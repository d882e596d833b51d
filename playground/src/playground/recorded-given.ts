import type { Given } from '../../../core/policy-test/case.ts';
import type { Trace } from '../../../sdk/trace.ts';

/** The facts of a record. */
export function givenOfTrace(trace: Trace): Given {
  const { tenant, key, feature, api, alias, stream, requestId, startedAtMs, usage } = trace;
  return {
    ...(tenant === '' || tenant === 'default' ? undefined : { tenant: { id: tenant } }),
    ...(key === '' || key === 'none' ? undefined : { key: { id: key } }),
    ...(feature === null ? undefined : { feature }),
    now: new Date(startedAtMs).toISOString(),
    seed: requestId,
    request: {
      ...(api === 'chat' ? undefined : { api: api as NonNullable<NonNullable<Given['request']>['api']> }),
      model: alias,
      ...(stream ? { stream } : undefined),
      ...(usage === null ? undefined : { tokensIn: usage.inputTokens }),
      lastUser: 'Hello',
    },
  };
}
