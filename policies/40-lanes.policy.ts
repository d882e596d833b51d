import { any, content, has, not, policy, route, tag, tokensIn } from 'sluice';

// What makes a request hard: it asks for reasoning work, it is long, or it brings tools.
const hard = any(
  content(/\b(prove|derive|refactor|debug|contract)\b/i, { last: true }),
  tokensIn.gt(4000),
  has('tools'),
);

// Only tags: nothing is sent elsewhere than the client asked. To route by lane, add a verb such as use('smart').
export const lanes = policy(
  'lanes',
  { kind: 'shape' },
  route('hard', hard, tag({ lane: 'hard' })),
  route('easy', not(hard), tag({ lane: 'easy' })),
);
