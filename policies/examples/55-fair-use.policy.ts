// Limits that depend on the request: the free plan has few requests, and tools are for few at a time.
import { all, has, limit, not, onRequest, plan, policy } from 'sluice';

export const fairUse = policy(
  'fair-use',
  { kind: 'guard' },
  onRequest('free', plan('free'), limit({ by: 'user', per: 'minute', requests: 10, tokens: 20_000 })),
  onRequest(
    'tools',
    all(has('tools'), not(plan('enterprise'))),
    limit({ by: 'tenant', per: 'minute', concurrent: 5 }),
  ),
);
