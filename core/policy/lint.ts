import type { Models } from '../../sdk/services.ts';
import type { Problem } from '../problem.ts';
import { lateOutput, whyNot } from './capabilities.ts';
import { leafKinds } from './leaves/table.ts';
import { lintNames } from './lint-names.ts';
import type { Place, Reporter } from './lint-reporter.ts';
import { lintRules, lintSlots } from './lint-rules.ts';
import { isPluginVerb, missingFact } from './missing.ts';
import type { Capabilities, PlanPolicy, Pred } from './plan.ts';
import { actsOf, leavesOf } from './walk.ts';

/** What the policies are checked against. */
export interface LintContext {
  readonly models: Models;
  /** What the policies of a file may use. */
  readonly capabilities: (file: string) => Capabilities;
}

/**
 * Looks for mistakes that types cannot show: names that are not configured, verbs and facts that no plugin of the
 * folder provides, shares that do not add up, rules that can never apply or always lose their slot, and guards
 * that can be gone around. Errors keep the folder from loading, warnings are shown.
 *
 * @param policies of the whole folder, in its order
 */
export function lintPolicies(
  policies: readonly PlanPolicy[],
  { models, capabilities }: LintContext,
): Problem[] {
  const problems: Problem[] = [];
  const reporterOf = (policy: PlanPolicy): Reporter => {
    const report = (severity: Problem['severity'], { line, column = 1 }: Place, message: string) =>
      problems.push({ file: policy.file, line, column, severity, message });
    return {
      error: (place, message) => report('error', place, message),
      warning: (place, message) => report('warning', place, message),
    };
  };
  const byId = new Map<string, PlanPolicy>();
  for (const policy of policies) {
    const reporter = reporterOf(policy);
    const other = byId.get(policy.id);
    if (other === undefined) byId.set(policy.id, policy);
    else
      reporter.error(
        policy,
        `a second policy named "${policy.id}"; the first is in ${other.file}:${other.line}`,
      );
    lintCapabilities(policy, capabilities(policy.file), reporter);
    lintNames(policy, models, reporter);
    lintRules(policy, reporter);
  }
  lintSlots(policies, reporterOf);
  return problems;
}

function lintCapabilities(policy: PlanPolicy, capabilities: Capabilities, reporter: Reporter): void {
  const { verbs, facts } = capabilities;
  const needFacts = (pred: Pred | null, place: Place) => {
    const groups = new Set(leavesOf(pred).map(({ name }) => leafKinds.get(name)?.capability));
    for (const group of groups) {
      if (group !== undefined && !facts.has(group)) reporter.error(place, missingFact(group));
    }
  };
  needFacts(policy.match, policy);
  for (const rule of policy.rules) {
    needFacts(rule.when, rule);
    for (const name of new Set(actsOf(rule).map(({ a }) => a))) {
      if (isPluginVerb(name) && !verbs.has(name)) reporter.error(rule, whyNot(name, capabilities));
    }
    const late = lateOutput(rule, policy.file, capabilities);
    if (late !== null) reporter.error(rule, late);
  }
}
