import type { Json } from '../../sdk/json.ts';
import type { HookName, RuleTrace, Trace, TraceStep } from '../../sdk/trace.ts';
import type { Leaf, PlanPolicy, PlanRule } from '../policy/plan.ts';
import { leavesOf } from '../policy/walk.ts';

/** One question of a rule's predicate, and which answers the cases saw. */
export interface LeafCoverage {
  /** Name and arguments, such as `tokensIn.gt 4000`. */
  readonly leaf: string;
  readonly seenTrue: boolean;
  readonly seenFalse: boolean;
}

export interface RuleCoverage {
  /** `policy/rule`. */
  readonly rule: string;
  /** `file:line`. */
  readonly at: string;
  /** `off`: the policy is switched off, the rule does not count. */
  readonly state: 'matched' | 'evaluated' | 'never' | 'off';
  readonly leaves: readonly LeafCoverage[];
  /** Why something of the rule is not covered, in words; null where all is. */
  readonly reason: string | null;
}

export interface Coverage {
  readonly rules: readonly RuleCoverage[];
  /** Each rule that can match counts once, each of its questions twice: true and false. */
  readonly covered: number;
  readonly total: number;
  /** 0 to 100, rounded down; 100 where there is nothing to cover. */
  readonly percent: number;
}

/** What the cases reached of each rule, from their decision records. */
export function coverageOf(policies: readonly PlanPolicy[], traces: readonly Trace[]): Coverage {
  const rules = policies.flatMap((policy) => policy.rules.map((rule) => coverRule(policy, rule, traces)));
  let covered = 0;
  let total = 0;
  for (const { state, leaves } of rules) {
    if (state === 'off') continue;
    total += 1 + leaves.length * 2;
    if (state === 'matched') covered += 1;
    for (const { seenTrue, seenFalse } of leaves) covered += Number(seenTrue) + Number(seenFalse);
  }
  return { rules, covered, total, percent: total === 0 ? 100 : Math.floor((covered / total) * 100) };
}

function coverRule(policy: PlanPolicy, rule: PlanRule, traces: readonly Trace[]): RuleCoverage {
  const name = `${policy.id}/${rule.id}`;
  const at = `${policy.file}:${rule.line}`;
  if (policy.mode === 'off')
    return { rule: name, at, state: 'off', leaves: [], reason: `${policy.id} is switched off (mode: off)` };
  const records = traces.flatMap(({ steps }) =>
    steps
      .filter((step) => step.hook === rule.hook)
      .flatMap(({ rules = [] }) => rules.filter((one) => one.policy === policy.id && one.rule === rule.id)),
  );
  const leaves = coverLeaves(rule, records);
  const matched = records.some((record) => record.matched);
  const state = matched ? 'matched' : records.length > 0 ? 'evaluated' : 'never';
  const reason = state === 'never' ? whyNever(policy, rule, traces) : whyPartly(state, leaves);
  return { rule: name, at, state, leaves, reason };
}

/** Equal questions of a rule are one, as they are when it runs. */
function coverLeaves(rule: PlanRule, records: readonly RuleTrace[]): LeafCoverage[] {
  const seen = new Map<string, Set<boolean>>();
  for (const { leaves } of records) {
    for (const leaf of leaves) {
      const id = JSON.stringify([leaf.leaf, leaf.args]);
      const results = seen.get(id) ?? new Set();
      seen.set(id, results.add(leaf.result));
    }
  }
  const unique = new Map(
    leavesOf(rule.when).map((leaf) => [JSON.stringify([leaf.name, shownArgs(leaf)]), leaf]),
  );
  return [...unique].map(([id, leaf]) => ({
    leaf: showLeaf(leaf),
    seenTrue: seen.get(id)?.has(true) === true,
    seenFalse: seen.get(id)?.has(false) === true,
  }));
}

/** The record of code names it; its number in the module says nothing to people. */
function shownArgs(leaf: Leaf): readonly Json[] {
  return leaf.name === 'fn' ? leaf.args.slice(0, 1) : leaf.args;
}

function showLeaf(leaf: Leaf): string {
  const args = shownArgs(leaf).map((arg) => {
    if (typeof arg === 'string') return arg;
    const pattern = arg as { source?: unknown; flags?: unknown } | null;
    if (typeof pattern?.source === 'string') return `/${pattern.source}/${pattern.flags}`;
    return JSON.stringify(arg);
  });
  return [leaf.name, ...args].join(' ');
}

function whyPartly(state: 'matched' | 'evaluated', leaves: readonly LeafCoverage[]): string | null {
  const reasons: string[] = [];
  if (state === 'evaluated') reasons.push('it never matched');
  for (const { leaf, seenTrue, seenFalse } of leaves) {
    if (!seenTrue && !seenFalse)
      reasons.push(`${leaf} was never asked: what stands before it decided each time`);
    else if (!seenTrue) reasons.push(`${leaf} was never true`);
    else if (!seenFalse) reasons.push(`${leaf} was never false`);
  }
  return reasons.length === 0 ? null : reasons.join('; ');
}

const hookOrder: readonly HookName[] = ['onRequest', 'route', 'beforeUpstream', 'afterResponse'];

function whyNever(policy: PlanPolicy, rule: PlanRule, traces: readonly Trace[]): string {
  if (traces.length === 0) return 'no case was run';
  const own = traces.filter((trace) =>
    trace.steps.some((step) => step.hook === rule.hook && step.name === policy.id),
  );
  const [first] = own;
  if (first !== undefined) {
    const step = first.steps.find((one) => one.hook === rule.hook && one.name === policy.id)!;
    const by = step.rules?.findLast(({ matched }) => matched);
    if (step.decision === 'deny' && by !== undefined)
      return `${policy.id}/${by.rule} (${by.at}) denied before it`;
    return step.error === undefined
      ? 'the policy ended before it'
      : `the policy failed before it: ${step.error}`;
  }
  const reached = traces.filter((trace) => reachesHook(trace, rule.hook));
  if (reached.length === 0) {
    const deny = traces.flatMap(({ steps }) => steps).find(isDenial);
    const why =
      deny === undefined ? '' : `; the requests were denied earlier, such as by ${deny.reason ?? deny.name}`;
    return `no case reaches ${rule.hook}${why}`;
  }
  if (policy.match !== null && reached.some((trace) => !deniedBefore(trace, rule.hook))) {
    return `the policy's match held in no case`;
  }
  const deny = reached
    .flatMap(({ steps }) => steps)
    .find(({ decision }) => decision === 'deny' || decision === 'error');
  return deny === undefined
    ? 'the policy was not asked'
    : `${deny.reason ?? deny.name} (${deny.file}) denied before it`;
}

function deniedBefore(trace: Trace, hook: HookName): boolean {
  const last = hookOrder.indexOf(hook);
  return trace.steps.some((step) => isDenial(step) && hookOrder.indexOf(step.hook) <= last);
}

/** In shadow mode a denial is recorded and ends nothing. */
function isDenial({ decision, shadow }: TraceStep): boolean {
  return decision === 'deny' && shadow !== true;
}

function reachesHook(trace: Trace, hook: HookName): boolean {
  if (hook === 'onRequest' || trace.steps.some((step) => step.hook === hook)) return true;
  if (hook === 'route') return trace.plan !== null;
  if (hook === 'beforeUpstream') return trace.attempts.length > 0;
  return trace.outcome === 'complete';
}
