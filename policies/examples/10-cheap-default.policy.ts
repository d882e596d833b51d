// Cheap by default: a request goes to the small model unless something about it is hard.
import { any, content, fallback, has, not, policy, route, tag, tokensIn, use } from 'sluice';

const hard = any(
  content(/\b(prove|derive|refactor|debug|contract)\b/i, { last: true }),
  tokensIn.gt(4000),
  has('tools'),
);

export const cheapDefault = policy(
  'cheap-default',
  { kind: 'shape' },
  route('hard', hard, use('frontier'), tag({ lane: 'hard' })),
  route('easy', not(hard), use('mini'), fallback('mini-alt'), tag({ lane: 'easy' })),
);
