import { stepsOf, problemsOf, imports } from './_policy.ts';
import { requestContext } from './_facts.ts';
const [s] = await stepsOf(`const hard = any(content(/\\b(prove|derive|refactor|debug|contract)\\b/i, { last: true }), tokensIn.gt(4000), has('tools'));
export const p1 = policy('cheap-default', { kind: 'shape' },
  route('hard', hard, use('frontier'), tag({ lane: 'hard' })),
  route('easy', not(hard), use('mini'), fallback('mini-alt'), tag({ lane: 'easy' })));`, {file:'cheap.policy.ts'});
console.log(JSON.stringify(s!.route!(requestContext({view:{inputTokens:5210}}), undefined), null, 1));
console.log(await problemsOf(imports+`\n policy('x', {kind:'guard'}, onRequest('a', tier('frontierr'), deny(403,'x')));`));
console.log(await problemsOf(imports+`\n policy('x', {kind:'guard'}, onRequest('a', tier('frontier'), use('x')), onRequest('b', up.tier('mini'), deny(200,'x')));route('loose', true, use('a'))`));
console.log(await problemsOf(`export function onRequst() {}`));
console.log(await problemsOf(`enum X {A}`));
