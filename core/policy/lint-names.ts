import type { Constraint } from '../../sdk/route.ts';
import type { Models } from '../../sdk/services.ts';
import { allows, describeConstraint } from '../route/constraint.ts';
import type { Reporter } from './lint-reporter.ts';
import type { Act, Leaf, PlanPolicy, PlanRule } from './plan.ts';
import { actsOf, leavesOf } from './walk.ts';

/** Names of targets and aliases that the configuration does not have, and constraints that nothing fits. */
export function lintNames(policy: PlanPolicy, models: Models, reporter: Reporter): void {
  const unknown = (name: string): string | null => {
    if (models.resolve(name) !== undefined) return null;
    const nearest = models.nearest(name);
    const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
    return `"${name}" is no alias and no provider/model of the configuration.${hint}`;
  };
  for (const rule of policy.rules) {
    for (const act of actsOf(rule)) {
      for (const name of targetsOf(act)) {
        const message = unknown(name);
        if (message !== null) reporter.error(rule, `rule "${rule.id}", ${act.a}(): ${message}`);
      }
      if (act.a === 'only') lintConstraint(rule, act.constraint, models, reporter);
    }
    for (const leaf of leavesOf(rule.when)) {
      for (const name of targetNames(leaf)) {
        const message = unknown(name);
        if (message === null) continue;
        // What clients ask for may be any text; a target must be configured.
        const report = leaf.name === 'up.target' ? reporter.error : reporter.warning;
        report(rule, `rule "${rule.id}", ${leaf.name}(): ${message}`);
      }
    }
  }
}

function targetsOf(act: Act): readonly string[] {
  switch (act.a) {
    case 'use':
      return [act.to];
    case 'pick':
      return act.arms.map(({ to }) => to);
    case 'fallback':
      return act.targets;
    case 'only':
      return act.constraint.target ?? [];
    case 'shadow':
      return [act.options['to'] as string];
    default:
      return [];
  }
}

function targetNames({ name, args }: Leaf): readonly string[] {
  if (name === 'up.target') return args as readonly string[];
  return name === 'model' ? (args as readonly string[]).filter((glob) => !glob.includes('*')) : [];
}

function lintConstraint(rule: PlanRule, constraint: Constraint, models: Models, reporter: Reporter): void {
  const fits = models.aliases.some((alias) =>
    models.resolve(alias)?.some((target) => allows(constraint, target, models)),
  );
  if (fits) return;
  reporter.warning(
    rule,
    `rule "${rule.id}", only(${describeConstraint(constraint)}): no target of any alias fits, so every request it matches is denied`,
  );
}
