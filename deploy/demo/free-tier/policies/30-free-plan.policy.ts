// What the free plan may do. The guard has a twin before each attempt: what was asked for, and where it ends up.
import {
  all,
  any,
  beforeUpstream,
  deny,
  has,
  limit,
  onRequest,
  plan,
  policy,
  rewrite,
  tier,
  tokensIn,
  up,
} from 'sluice';

export const freePlan = policy(
  'free-plan',
  { kind: 'guard', owner: 'platform' },
  onRequest(
    'too-long',
    all(plan('free'), tokensIn.gt(8000)),
    deny(413, 'too_long_for_plan', 'The free plan takes 8000 tokens at most: send less, or in parts.'),
  ),
  onRequest(
    'asked',
    all(plan('free'), tier('frontier')),
    deny(403, 'model_not_in_plan', 'The free plan has no frontier models.'),
  ),
  onRequest(
    'media',
    all(plan('free'), any(has('images'), has('tools'))),
    deny(403, 'not_in_plan', 'Images and tools are not part of the free plan.'),
  ),
  onRequest('fair', plan('free'), limit({ by: 'user', per: 'minute', requests: 10, tokens: 20_000 })),
  onRequest('short', plan('free'), rewrite({ maxTokens: 600 })),
  beforeUpstream('routed', all(plan('free'), up.tier('frontier')), deny(403, 'model_not_in_plan')),
);
