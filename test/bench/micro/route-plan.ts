import type { RoutePlan } from '../../../sdk/route.ts';
import type { Models } from '../../../sdk/services.ts';
import type { Target } from '../../../sdk/target.ts';
import type { MicroRow } from './row.ts';
import { lastResult, sampleCalls } from './sampler.ts';

const targetCount = 8;
const breaker = { consecutive: 5, errorRatio: 0.5, windowMs: 30_000, minCalls: 10, cooldownMs: 10_000 };
const failover = { breaker, costCeiling: 5 };

/**
 * Makes the plan of a request with seven fallbacks, a constraint on each target's region, a cost ceiling and a strategy
 * that looks at each target's health, and enters the first target's health, all breakers closed.
 */
export async function measureRoutePlan(name: string): Promise<MicroRow> {
  const { finishPlan } = await import('../../../core/route/plan.ts');
  const { RouteDraft } = await import('../../../core/route/draft.ts');
  const { arrange } = await import('../../../core/route/strategy.ts');
  const { createHealth } = await import('../../../core/health/health.ts');
  const { systemClock } = await import('../../../core/services/clock.ts');
  const health = createHealth({ clock: systemClock });
  const choice = { health, stickyKey: 'user', session: false };
  const terms = {
    arrange: (_: string, targets: readonly Target[]) => arrange(targets, 'least-latency', choice),
    priceOf: () => 1000,
  };
  const models = modelsOf(targetCount);
  const fallbacks = models.aliases.slice(1);
  const shape = { policy: 'shape', rule: 'easy' };
  const guard = { policy: 'guard', rule: 'pin' };
  const row = sampleCalls(name, () => {
    const draft = new RouteDraft();
    draft.write(shape, { target: { to: 'alias-0' }, fallbacks });
    draft.write(guard, { only: { region: ['eu'] }, retry: { max: 1 }, failover });
    const plan = finishPlan(draft, 'alias-1', models, terms);
    const call = health.enter(plan.targets[0]!.id, breaker);
    if (call.type === 'call') call.succeeded(10);
    return plan;
  });
  const { targets } = lastResult() as RoutePlan;
  if (targets.length !== targetCount)
    throw new Error(`the plan has ${targets.length} targets, not ${targetCount}`);
  return row;
}

function modelsOf(count: number): Models {
  const targets = new Map<string, readonly Target[]>();
  for (let index = 0; index < count; index++) {
    const model = `model-${index}`;
    const target: Target = {
      id: `provider-${index}/${model}`,
      provider: `provider-${index}`,
      kind: 'openai',
      model,
      vendor: 'openai',
      tier: 'standard',
      region: 'eu',
      weight: 1,
    };
    targets.set(`alias-${index}`, [target]);
    targets.set(target.id, [target]);
  }
  return {
    aliases: [...targets.keys()].filter((key) => key.startsWith('alias-')),
    resolve: (key) => targets.get(key),
    strategy: () => 'ordered',
    tier: () => 'standard',
    nearest: () => undefined,
  };
}
