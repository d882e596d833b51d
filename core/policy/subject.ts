import type { RequestContext } from '../../sdk/context.ts';
import type { By } from './plan.ts';

/** Whom a share is drawn for. `by` differs from what was asked when that is unknown for the request. */
export interface Subject {
  readonly by: By | 'request';
  readonly id: string;
}

/**
 * The subject of `split`, `pick` and `ab`. Where no user (or feature) was sent it is the key, and where the
 * request came without a key the request itself: such requests are spread, not all put into one arm.
 */
export function subjectOf(by: By, ctx: RequestContext): Subject {
  const { identity } = ctx;
  switch (by) {
    case 'tenant':
      return { by, id: identity.tenant.id };
    case 'model':
      return { by, id: ctx.view.model };
    case 'ip':
      return { by, id: ctx.ip };
    case 'user':
      if (identity.user !== null) return { by, id: identity.user };
      break;
    case 'feature':
      if (identity.feature !== null) return { by, id: identity.feature };
      break;
    case 'key':
      break;
  }
  if (identity.key.id !== 'none') return { by: 'key', id: identity.key.id };
  return { by: 'request', id: ctx.requestId };
}
