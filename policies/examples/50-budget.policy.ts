// Near the end of the day's budget everything goes to the small model; at its end nothing does.
import { budget, deny, onRequest, policy, route, tag, use } from 'sluice';

export const budgetDegrade = policy(
  'budget-degrade',
  { kind: 'shape' },
  onRequest('stop', budget('day').used.gte(1), deny(429, 'budget_exhausted', "Today's budget is used up.")),
  route('degrade', budget('day').used.gte(0.8), use('mini', { override: true }), tag({ degraded: 'budget' })),
);
