import type { Constraint } from '../../sdk/route.ts';
import type { Models } from '../../sdk/services.ts';
import type { Target } from '../../sdk/target.ts';

/** Whether a target is within a constraint. A name under `target` may be an alias: then its targets are meant. */
export function allows(constraint: Constraint, target: Target, models: Models): boolean {
  if (constraint.region !== undefined && !constraint.region.includes(target.region)) return false;
  if (constraint.vendor !== undefined && !constraint.vendor.includes(target.vendor)) return false;
  if (constraint.tier !== undefined && !constraint.tier.includes(target.tier)) return false;
  if (constraint.target !== undefined) {
    return constraint.target.some(
      (name) => name === target.id || models.resolve(name)?.some((other) => other.id === target.id) === true,
    );
  }
  return true;
}

/** `region: eu, tier: mini|standard`, for errors and traces. */
export function describeConstraint(constraint: Constraint): string {
  const parts: string[] = [];
  for (const [name, allowed] of Object.entries(constraint)) {
    if (Array.isArray(allowed)) parts.push(`${name}: ${allowed.join('|')}`);
  }
  return parts.join(', ');
}
