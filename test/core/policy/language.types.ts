// Type tests of the policy language: tsc reads this file, nothing runs it. Each mistake must stay an error.
import {
  type Act,
  afterResponse,
  all,
  any,
  beforeUpstream,
  content,
  deny,
  fallback,
  fn,
  hours,
  limit,
  not,
  only,
  onRequest,
  plan,
  policy,
  resp,
  retry,
  rewrite,
  route,
  run,
  split,
  tag,
  tier,
  tokensIn,
  up,
  use,
} from 'sluice';

export const fine = [
  policy('p', { kind: 'guard', match: plan('x') }, onRequest('a', true, deny(403, 'x'))),
  route(
    'r',
    any(content(/x/, { last: true }), tokensIn.between(1, 2)),
    use('a'),
    fallback('b'),
    tag({ a: 'b' }),
  ),
  beforeUpstream('b', all(plan('free'), not(up.tier('frontier'))), rewrite({ headers: { a: null } })),
  afterResponse('c', all(plan('free'), up.region('eu'), resp.ms.gt(5)), tag({ slow: 'yes' })),
  onRequest(
    'f',
    fn<'onRequest'>('f', (c) => c.request.lastUser === '' && c.up === null),
    limit({ by: 'key', per: 'day' }),
  ),
  afterResponse(
    'g',
    fn<'afterResponse'>('g', (c) => c.resp.status === 200 && c.up.vendor === ''),
    tag({ a: 'b' }),
  ),
  route('s', true, split('s', 'user', { a: { share: 1, do: [use('x')] }, b: { share: 99 } })),
  onRequest('h', hours('09:00', '10:00', { tz: 'UTC', days: ['mon'] }), only({ tier: ['mini'] })),
  onRequest(
    'i',
    true,
    run<'onRequest'>((c) => (c.request.stream ? [deny(403, 'x')] : undefined)),
  ),
];
export const anywhere: Act<'route'> = deny(403, 'x');

// @ts-expect-error a verb of route does nothing in onRequest
onRequest('a', true, use('x'));
// @ts-expect-error only() must come before the upstream is chosen
beforeUpstream('a', true, only({ region: ['eu'] }));
// @ts-expect-error there is no target yet
route('a', up.tier('mini'), use('x'));
// @ts-expect-error there is no answer yet
beforeUpstream('a', all(plan('x'), resp.cached()), deny(403, 'x'));
// @ts-expect-error no such tier
onRequest('a', tier('frontierr'), deny(403, 'x'));
// @ts-expect-error a number must be compared
onRequest('a', tokensIn, deny(403, 'x'));
// @ts-expect-error a rule needs a verb
onRequest('a', true);
// @ts-expect-error a policy needs a rule
policy('p', { kind: 'guard' });
// @ts-expect-error a policy has a kind
policy('p', {}, onRequest('a', true, deny(403, 'x')));
// @ts-expect-error match reads the request only
policy('p', { kind: 'guard', match: up.tier('mini') }, onRequest('a', true, deny(403, 'x')));
// @ts-expect-error no such failure kind
route('a', true, retry({ max: 1, on: ['boom'] }));
// @ts-expect-error an arm needs a share
route('a', true, split('s', 'user', { a: {} }));
// @ts-expect-error an experiment's arms act on the route
route('a', true, split('s', 'user', { a: { share: 100, do: [rewrite({ maxTokens: 1 })] } }));
run<'onRequest'>((c) => {
  // @ts-expect-error facts are read-only
  c.tenant.id = 'other';
});
// @ts-expect-error a tag is a text
tag({ a: 1 });
// @ts-expect-error tz is needed
hours('09:00', '10:00', {});
