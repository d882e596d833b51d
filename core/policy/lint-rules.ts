import { implies } from './implies.ts';
import type { Reporter } from './lint-reporter.ts';
import { type Act, hookNames, type PlanPolicy, type PlanRule } from './plan.ts';
import { actsOf, leavesOf } from './walk.ts';

/** Mistakes that show within one policy. */
export function lintRules(policy: PlanPolicy, reporter: Reporter): void {
  for (const hook of hookNames) {
    const rules = policy.rules.filter((rule) => rule.hook === hook);
    rules.forEach((rule, i) => {
      const stopper = rules
        .slice(0, i)
        .find((earlier) => denies(earlier) && implies(rule.when, earlier.when));
      if (stopper === undefined) return;
      reporter.warning(
        rule,
        `rule "${rule.id}" is never reached: whatever it matches, "${stopper.id}" (line ${stopper.line}) has denied`,
      );
    });
  }
  lintGuardTwin(policy, reporter);
  for (const rule of policy.rules) {
    for (const act of actsOf(rule)) if (act.a === 'split') lintShares(rule, act, reporter);
    lintAb(rule, reporter);
  }
  if (policy.kind === 'guard' && policy.onError === 'skip') {
    reporter.warning(
      policy,
      `the guard "${policy.id}" has onError 'skip': when it fails, requests pass unguarded`,
    );
  }
}

function denies(rule: PlanRule): boolean {
  return rule.acts.some(({ a }) => a === 'deny');
}

/** Predicates about what was asked for, which is not where a request ends up. */
const askedFor = new Set(['model', 'tier', 'region']);

/** Other policies, fallbacks and retries choose targets after `onRequest`; only `beforeUpstream` sees each one. */
function lintGuardTwin(policy: PlanPolicy, reporter: Reporter): void {
  if (policy.kind !== 'guard') return;
  const verifies = policy.rules.some(
    (rule) => rule.hook === 'beforeUpstream' && (denies(rule) || runs(rule)),
  );
  if (verifies) return;
  for (const rule of policy.rules) {
    if (rule.hook !== 'onRequest' || !denies(rule)) continue;
    const leaf = leavesOf(rule.when).find(({ name }) => askedFor.has(name));
    if (leaf === undefined) continue;
    reporter.warning(
      rule,
      `the guard "${rule.id}" judges by ${leaf.name}(), what was asked for; another policy's use() or a fallback may go elsewhere. Add a beforeUpstream rule on up.${leaf.name === 'model' ? 'target' : leaf.name}(…)`,
    );
  }
}

function runs(rule: PlanRule): boolean {
  return rule.acts.some(({ a }) => a === 'run');
}

function lintShares(rule: PlanRule, act: Extract<Act, { a: 'split' }>, reporter: Reporter): void {
  const sum = act.arms.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 100) < 1e-6) return;
  const shares = act.arms.map(({ name, share }) => `${name} ${share}`).join(', ');
  reporter.error(
    rule,
    `rule "${rule.id}", split("${act.salt}"): expected shares that sum to 100, got ${sum} (${shares})`,
  );
}

function lintAb(rule: PlanRule, reporter: Reporter): void {
  for (const { name, args } of leavesOf(rule.when)) {
    const share = args[0];
    if (name !== 'ab' || typeof share !== 'number' || share <= 0 || share >= 1) continue;
    reporter.warning(
      rule,
      `rule "${rule.id}": ab(${share}) is ${share} per cent; for a share of ${share} write ab(${share * 100})`,
    );
  }
}

const slotOf: Readonly<Partial<Record<Act['a'], string>>> = {
  use: 'target',
  pick: 'target',
  fallback: 'fallbacks',
  chain: 'chain',
  retry: 'retry',
  cache: 'cache',
};

/** Rules that write a slot which an earlier rule has always written already, over the whole folder. */
export function lintSlots(
  policies: readonly PlanPolicy[],
  reporterOf: (policy: PlanPolicy) => Reporter,
): void {
  const writers: { policy: PlanPolicy; rule: PlanRule; slot: string; override: boolean }[] = [];
  for (const policy of policies) {
    if (policy.mode !== 'enforce') continue;
    for (const rule of policy.rules) {
      for (const act of rule.acts) {
        const slot = slotOf[act.a];
        if (slot === undefined) continue;
        const override = act.a === 'use' && act.override;
        const winner = writers.find(
          (one) =>
            one.slot === slot &&
            one.rule.hook === rule.hook &&
            (one.override || !override) &&
            implies(rule.when, one.rule.when) &&
            implies(policy.match, one.policy.match),
        );
        if (winner !== undefined) {
          const place = `${winner.policy.id}/${winner.rule.id} (${winner.policy.file}:${winner.rule.line})`;
          const way = override
            ? 'it has the first override'
            : slot === 'target'
              ? 'make one of them an override, or remove it'
              : 'remove one of them';
          reporterOf(policy).warning(
            rule,
            `rule "${rule.id}" never gets the slot ${slot}: ${place} always writes it first; ${way}`,
          );
        } else writers.push({ policy, rule, slot, override });
      }
    }
  }
}
