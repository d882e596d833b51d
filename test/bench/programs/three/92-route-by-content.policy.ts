import { any, content, has, not, policy, route, tag, tokensIn, use } from 'sluice';

const hard = any(
  content(/\b(prove|derive|refactor|debug|contract)\b/i, { last: true }),
  tokensIn.gt(4000),
  has('tools'),
);

/** Shapes the route by what was asked: small questions go to the small model, hard or long ones to the large. */
export const routeByContent = policy(
  'route-by-content',
  { kind: 'shape' },
  route('hard', hard, use('chat-large'), tag({ lane: 'hard' })),
  route('easy', not(hard), use('chat-mini'), tag({ lane: 'easy' })),
);
