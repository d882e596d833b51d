// The best model for whoever pays for it, whatever the alias in the client's code says, and never a small one in its place.
import { all, beforeUpstream, deny, fallback, model, not, plan, policy, route, tag, up, use } from 'sluice';

const chosen = model('chat-small');

export const largeFirst = policy(
  'large-first',
  { kind: 'shape' },
  route(
    'best',
    all(plan('premium'), not(chosen)),
    use('chat'),
    fallback('chat-standard'),
    tag({ lane: 'best' }),
  ),
  route('small', chosen, tag({ lane: 'small' })),
);

export const neverSmall = policy(
  'never-small',
  { kind: 'guard', owner: 'platform' },
  beforeUpstream(
    'routed',
    all(plan('premium'), up.tier('mini'), not(chosen)),
    deny(503, 'no_premium_model', 'No model of the premium plan answers at the moment. Try again shortly.'),
  ),
);
