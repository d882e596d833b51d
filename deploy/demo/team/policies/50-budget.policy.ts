// Near the end of a budget everything goes to the small model, experiments too. At its end the limiter refuses.
import { budget, policy, route, tag, use } from 'sluice';

export const saving = policy(
  'saving',
  { kind: 'shape' },
  route(
    'day',
    budget('day').used.gte(0.8),
    use('chat-small', { override: true }),
    tag({ degraded: 'budget' }),
  ),
  route(
    'month',
    budget('month').used.gte(0.8),
    use('chat-small', { override: true }),
    tag({ degraded: 'budget' }),
  ),
);
