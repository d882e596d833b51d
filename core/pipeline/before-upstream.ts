import type { AttemptChanges } from '../../sdk/change.ts';
import type { Respond } from '../../sdk/decision.ts';
import type { RoutePlan } from '../../sdk/route.ts';
import type { Target } from '../../sdk/target.ts';
import { denied } from '../response/denied.ts';
import { HookAttemptContext } from './context.ts';
import type { Exchange } from './exchange.ts';
import { isPromise, runHook } from './hook.ts';

/** What the `beforeUpstream` hooks said about one attempt. */
export type Readiness =
  | { readonly type: 'go'; readonly changes: readonly AttemptChanges[] }
  | { readonly type: 'skip' }
  | { readonly type: 'respond'; readonly respond: Respond };

/**
 * The third hook, for one attempt.
 *
 * @throws GatewayError where a step denies.
 */
export async function beforeUpstream(
  x: Exchange,
  target: Target,
  plan: RoutePlan,
  attempt: number,
  hedge: boolean,
): Promise<Readiness> {
  const changes: AttemptChanges[] = [];
  const { steps } = x.options.program;
  let context: HookAttemptContext | null = null;
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index]!;
    if (step.beforeUpstream === undefined) continue;
    context ??= new HookAttemptContext(x, attempt, target, plan, hedge);
    const shown = context;
    const result = runHook(x, step, index, 'beforeUpstream', attempt, (state) =>
      step.beforeUpstream!(shown, state),
    );
    const decision = isPromise(result) ? await result : result;
    if (x.over) break;
    if (decision === undefined) continue;
    if (decision.type === 'deny') throw denied(decision);
    if (decision.type === 'skip') return { type: 'skip' };
    if (decision.type === 'respond') return { type: 'respond', respond: decision };
    if (decision.changes !== undefined) changes.push(decision.changes);
  }
  return { type: 'go', changes };
}
