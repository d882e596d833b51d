import { fn, onRequest, policy, tag } from 'sluice';

const heavy = fn<'onRequest'>('heavy', (c) => {
  const allowance = c.tenant.plan === 'enterprise' ? 200_000 : 50_000;
  return c.request.tokensIn > allowance || (c.feature === 'batch' && c.request.stream);
});

/** A rule in code: reads small facts only, so that a call carries no prompt into the sandbox. */
export const quotaInCode = policy(
  'quota-in-code',
  { kind: 'shape' },
  onRequest('heavy', heavy, tag({ weight: 'heavy' })),
);
