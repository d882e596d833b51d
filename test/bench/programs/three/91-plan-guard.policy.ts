import { all, beforeUpstream, deny, onRequest, plan, policy, tier, up } from 'sluice';

/** A guard of the usual kind: the free plan has no frontier models, whoever routed the request there. */
export const planGuard = policy(
  'plan-guard',
  { kind: 'guard' },
  onRequest('asked', all(plan('free'), tier('frontier')), deny(403, 'model_not_in_plan')),
  beforeUpstream('routed', all(plan('free'), up.tier('frontier')), deny(403, 'model_not_in_plan')),
);
