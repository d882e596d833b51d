import {
  type AttemptContext,
  type Deny,
  GatewayError,
  type RequestView,
  type SkipTarget,
  type Target,
} from '../../sdk/index.ts';
import type { Meter } from './meter.ts';
import { unseenInput } from './unseen.ts';

/** The refusal of a request under a budget whose cost the gateway cannot count; null where it can. */
export function unseenDenial(view: RequestView, meters: readonly Meter[]): Deny | null {
  if (!meters.some(countsInput)) return null;
  const name = unseenInput(view);
  if (name === null) return null;
  return {
    type: 'deny',
    status: 400,
    code: 'unsupported_parameter',
    message: `${name}: a budget applies to this request, and the gateway cannot count what this costs. Leave it out and send all of the input in the request, or ask the gateway's owner for allow_unseen_input.`,
    reason: 'unseen input',
  };
}

function countsInput({ isBudget, quantity }: Meter): boolean {
  return isBudget && (quantity === 'usd' || quantity === 'tokens' || quantity === 'input_tokens');
}

/** The refusal of a request under a money budget whose cost nobody knows. */
export function unpricedDenial(targets: readonly Target[]): Deny {
  const names = targets.map(({ id }) => id).join(', ');
  return {
    type: 'deny',
    status: 403,
    code: 'model_not_allowed',
    message: `A money budget applies to this request, and nobody knows the price of ${names}. Use another model, or ask the gateway's owner to name its price.`,
    reason: 'no price',
  };
}

/**
 * What a client is told while the counters are out of reach; anything else is a fault and thrown. `on_failure` is not
 * asked: whether requests go on without counters is the mode of their store.
 */
export function storeDenial(error: unknown): Deny {
  if (!(error instanceof GatewayError)) throw error;
  return {
    type: 'deny',
    status: error.status,
    code: error.code,
    message: error.message,
    ...(error.retryAfterMs === null ? undefined : { retryAfterMs: error.retryAfterMs }),
    reason: 'counters',
  };
}

/** An attempt that may not be made leaves the plan's next target its chance. */
export function skipOrDeny({ plan, target }: AttemptContext, deny: Deny): Deny | SkipTarget {
  if (plan.targets.at(-1)?.id === target.id) return deny;
  const { reason, details } = deny;
  return {
    type: 'skip',
    ...(reason === undefined ? undefined : { reason }),
    ...(details === undefined ? undefined : { details }),
  };
}
