// The small model first. What is hard for it goes to the next larger one, never to the best.
import { all, any, content, fallback, not, plan, policy, route, tag, tokensIn, use } from 'sluice';

const hard = any(
  content(/\b(prove|derive|refactor|debug|translate|contract)\b/i, { last: true }),
  tokensIn.gt(3000),
);

export const smallFirst = policy(
  'small-first',
  { kind: 'shape' },
  route('hard', all(plan('free'), hard), use('chat-standard'), fallback('chat'), tag({ lane: 'hard' })),
  route('easy', all(plan('free'), not(hard)), use('chat'), tag({ lane: 'easy' })),
);
