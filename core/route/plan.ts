import { GatewayError } from '../../sdk/errors.ts';
import type { RetryRule, RoutePlan } from '../../sdk/route.ts';
import type { Models } from '../../sdk/services.ts';
import { movingFailures, type Target } from '../../sdk/target.ts';
import { allows, describeConstraint } from './constraint.ts';
import { type RouteDraft, writerName } from './draft.ts';

/** Fallbacks beyond this many are not tried. */
const maxFallbackNames = 8;
const noRetry: RetryRule = { max: 0 };

/** The targets of a configured name, or 404 with the nearest one. */
function resolve(name: string, models: Models): readonly Target[] {
  const targets = models.resolve(name);
  if (targets !== undefined && targets.length > 0) return targets;
  const nearest = models.nearest(name);
  const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  throw new GatewayError(
    'model_not_found',
    `The model "${name}" is not configured here: expected an alias of /v1/models or provider/model.${hint}`,
    { param: 'model' },
  );
}

/**
 * Turns the draft into the list of targets to try: the target that won (else what the client asked for), then
 * the fallbacks, without duplicates, and only what every constraint allows.
 *
 * @throws GatewayError 404 `model_not_found`; 503 `no_candidate` when constraints leave nothing.
 */
export function finishPlan(draft: RouteDraft, requested: string, models: Models): RoutePlan {
  const permitted = (target: Target) =>
    draft.constraints.every(({ constraint }) => allows(constraint, target, models));

  let primary: readonly Target[] | null = null;
  if (draft.target !== null) {
    const { value, writer } = draft.target;
    const within = resolve(value, models).filter(permitted);
    if (within.length > 0) primary = within;
    else draft.lose('target', writer, value, `outside ${describeConstraints(draft)}`);
  }
  primary ??= resolve(requested, models).filter(permitted);

  const targets: Target[] = [...primary];
  for (const name of draft.fallbacks?.value.slice(0, maxFallbackNames) ?? []) {
    const within = resolve(name, models).filter(permitted);
    if (within.length === 0) {
      draft.lose('fallbacks', draft.fallbacks!.writer, name, `outside ${describeConstraints(draft)}`);
    }
    targets.push(...within);
  }
  if (targets.length === 0) {
    throw new GatewayError(
      'no_candidate',
      `No target is left for model "${requested}": policies allow only ${describeConstraints(draft)}, and no configured target of it fits. Ask for another model, or add a target that fits.`,
    );
  }
  return {
    targets: walkOrder(targets, draft),
    chain: chainRule(draft),
    retry: draft.retry?.value ?? noRetry,
  };
}

function walkOrder(targets: readonly Target[], draft: RouteDraft): Target[] {
  const rule = draft.chain?.value;
  const first = targets[0]!;
  const seen = new Set<string>();
  const ordered = targets.filter((target) => {
    if (seen.has(target.id)) return false;
    seen.add(target.id);
    if (rule?.sameVendor === true && target.vendor !== first.vendor) return false;
    return !(rule?.sameRegion === true && target.region !== first.region);
  });
  return rule?.max === undefined ? ordered : ordered.slice(0, Math.max(1, rule.max));
}

function chainRule(draft: RouteDraft): RoutePlan['chain'] {
  const rule = draft.chain?.value;
  return { ...rule, on: rule?.on ?? movingFailures };
}

/** `only(region: eu) of eu-residency/pin`, joined with `and`. */
export function describeConstraints(draft: RouteDraft): string {
  return draft.constraints
    .map(({ constraint, writer }) => `only(${describeConstraint(constraint)}) of ${writerName(writer)}`)
    .join(' and ');
}
