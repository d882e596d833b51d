import { isJsonObject, type Json } from '../../sdk/json.ts';
import type { RuleTrace, Trace, TraceStep } from '../../sdk/trace.ts';
import { explainRule, explainRules } from '../policy/explain.ts';

export interface ExplainTraceOptions {
  /** Only the rules and losses of this policy. */
  readonly policy?: string;
  /** Rules that did not match as well; true by default. */
  readonly all?: boolean;
}

/**
 * A decision record in words: the verdict, where the request went and why, then every rule with its place, whether
 * it matched and the values it saw.
 *
 * @returns lines without line ends
 */
export function explainTrace(trace: Trace, { policy, all = true }: ExplainTraceOptions = {}): string[] {
  const lines = [
    `${verdict(trace)}`,
    `request ${trace.requestId}, policies ${trace.policyVersion}, tenant ${trace.tenant}`,
  ];
  if (trace.plan !== null) lines.push(...explainPlan(trace));
  for (const { number, target, status, failure } of trace.attempts) {
    const known = status === null ? '' : ` (${status})`;
    // Without a status it had not answered when nobody waited for it any more.
    const end = failure !== null ? `${failure}${known}` : status === null ? 'given up' : `answered ${status}`;
    lines.push(`attempt ${number}: ${target} ${end}`);
  }
  for (const { target, why } of trace.passedOver) lines.push(`passed over: ${target}, ${why}`);
  for (const { purpose, target, failure } of trace.asides) {
    lines.push(`asked beside it (${purpose}): ${target} ${failure ?? 'answered'}`);
  }
  const tags = Object.entries(trace.tags);
  if (tags.length > 0) lines.push(`tags: ${tags.map(([key, value]) => `${key}=${value}`).join(', ')}`);
  if (trace.dropped.length > 0) lines.push(`dropped: ${trace.dropped.join(', ')}`);
  lines.push('', ...explainSteps(trace, policy, all));
  return lines;
}

/** How it ended, in a sentence. */
function verdict(trace: Trace): string {
  const { alias, status, errorCode, attempts } = trace;
  const deny = trace.steps.find((step) => step.decision === 'deny' && step.shadow !== true);
  // One that was given up for another has no failure either.
  const answered = attempts.findLast(({ failure, firstByteMs }) => failure === null && firstByteMs !== null);
  switch (trace.outcome) {
    case 'complete': {
      if (trace.source !== null || answered === undefined) {
        const cached = trace.steps.some(({ role, decision }) => role === 'cache' && decision === 'respond');
        return `${alias} was answered by ${cached ? `the cache (${trace.source})` : 'a policy'}, status ${status}`;
      }
      const tries = answered.number > 1 ? ` at attempt ${answered.number}` : '';
      return `${alias} was answered by ${answered.target}${tries}, status ${status}`;
    }
    case 'denied': {
      const by = deny === undefined ? lastError(trace) : `${deny.reason ?? deny.name} (${placeOf(deny)})`;
      return `${alias} was denied by ${by}: ${status} ${errorCode}`;
    }
    case 'failed':
      return `${alias} failed: ${status} ${errorCode}`;
    case 'client_gone':
      return `${alias} was given up: the client left`;
    case 'interrupted':
      return `${alias} broke off during the answer: ${errorCode}`;
    case 'shutdown':
      return `${alias} was broken off: the gateway shut down`;
  }
}

function lastError({ steps }: Trace): string {
  const step = steps.findLast(({ decision }) => decision === 'error');
  return step === undefined ? 'the gateway' : `${step.name} (${step.file}), which could not decide`;
}

function placeOf(step: TraceStep): string {
  return step.rules?.findLast(({ matched }) => matched)?.at ?? step.file;
}

function explainPlan(trace: Trace): string[] {
  const { targets, constraints } = trace.plan!;
  const lines = [`target: ${targets[0] ?? 'none'}`];
  if (targets.length > 1) lines.push(`chain: ${targets.join(' → ')}`);
  for (const slot of ['target', 'fallbacks', 'chain', 'retry', 'failover', 'cache']) {
    const winner = winnerOf(trace, slot);
    if (winner !== null) lines.push(`slot ${slot}: ${winner}`);
  }
  for (const constraint of constraints) lines.push(`constraint: ${constraint}`);
  return lines;
}

/** Who wrote the slot and did not lose it. */
function winnerOf({ steps, lost }: Trace, slot: string): string | null {
  for (const step of steps) {
    if (step.hook !== 'route' || step.shadow === true) continue;
    const writers: readonly { policy: string; rule: string | null; at: string; wrote?: Json }[] =
      step.rules ?? [
        {
          policy: step.name,
          rule: null,
          at: step.file,
          ...(step.wrote === undefined ? undefined : { wrote: step.wrote }),
        },
      ];
    for (const { policy, rule, at, wrote } of writers) {
      const value = isJsonObject(wrote) ? wrote[slot] : undefined;
      if (
        value === undefined ||
        lost.some((one) => one.slot === slot && one.policy === policy && one.rule === rule)
      )
        continue;
      return `${show(value)} ← ${rule === null ? policy : `${policy}/${rule}`} (${at})`;
    }
  }
  return null;
}

function explainSteps(trace: Trace, policy: string | undefined, all: boolean): string[] {
  const lines: string[] = [];
  const rules: RuleTrace[] = [];
  for (const step of trace.steps) {
    if (policy !== undefined && step.name !== policy) continue;
    const head = `${step.hook}${step.attempt === undefined ? '' : ` ${step.attempt}`}${step.shadow === true ? ' (shadow)' : ''}`;
    if (step.rules === undefined || (step.rules.length === 0 && step.error !== undefined)) {
      lines.push(`${head}: ${explainStep(step)}`);
      continue;
    }
    rules.push(...step.rules);
    for (const rule of step.rules) {
      if (all || rule.matched || rule.error !== undefined) lines.push(`${head}: ${explainRule(rule)}`);
    }
  }
  const lost = trace.lost.filter((write) => policy === undefined || write.policy === policy);
  // Winners are named from all rules, also where only one policy is shown.
  const everyRule = policy === undefined ? rules : trace.steps.flatMap((step) => step.rules ?? []);
  lines.push(...explainRules(everyRule.map(asUnmatched), lost));
  if (policy !== undefined && lines.length === 0) lines.push(`no rule of ${policy} was looked at`);
  return lines;
}

/** Kept only to look winners up: its own line is written already. */
function asUnmatched(rule: RuleTrace): RuleTrace {
  const { error, ...rest } = rule;
  return { ...rest, matched: false };
}

/** A plugin's step, or a policy that failed before its first rule. */
function explainStep(step: TraceStep): string {
  const what = step.decision === 'continue' && step.wrote !== undefined ? show(step.wrote) : step.decision;
  const why = step.error ?? step.reason;
  return `${what} ← ${step.name} (${step.file})${why === undefined ? '' : `: ${why}`}`;
}

function show(value: Json): string {
  if (Array.isArray(value)) return value.map((one) => show(one as Json)).join(', ');
  if (!isJsonObject(value)) return String(value);
  return Object.entries(value)
    .map(([key, one]) => `${key}: ${show(one ?? null)}`)
    .join(', ');
}
