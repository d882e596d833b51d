// The free plan has no frontier models: neither asked for, nor reached through another policy or a fallback.
import { all, beforeUpstream, deny, onRequest, plan, policy, tier, up } from 'sluice';

export const freeTier = policy(
  'free-tier',
  { kind: 'guard' },
  onRequest('asked', all(plan('free'), tier('frontier')), deny(403, 'model_not_in_plan')),
  beforeUpstream('routed', all(plan('free'), up.tier('frontier')), deny(403, 'model_not_in_plan')),
);
