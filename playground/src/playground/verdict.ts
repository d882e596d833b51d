import { isJsonObject, type Json } from '../../../sdk/json.ts';
import { answeringAttempt, type LostWrite, type RuleTrace, type Trace } from '../../../sdk/trace.ts';

export interface Verdict {
  readonly tone: 'ok' | 'warn' | 'bad';
  readonly text: string;
  /** The rule that decided it, where one did. */
  readonly rule: RuleTrace | null;
}

/** The rules that were looked at, in their order. Those of shadow mode wrote nothing. */
export function rulesOf(trace: Trace): RuleTrace[] {
  return trace.steps.flatMap(({ rules = [] }) => rules);
}

/** What came of a request, in a sentence. */
export function verdictOf(trace: Trace): Verdict {
  const { outcome, status, errorCode, attempts, source } = trace;
  const rules = rulesOf(trace);
  if (outcome === 'denied') {
    const rule = rules.findLast(
      ({ matched, wrote }) => matched && isJsonObject(wrote) && wrote['deny'] !== undefined,
    );
    const failed = rules.find(({ error }) => error !== undefined);
    const by = rule ?? failed ?? null;
    const who = by === null ? '' : ` by ${by.policy}/${by.rule}`;
    const step = trace.steps.find(
      ({ decision, shadow }) => (decision === 'deny' || decision === 'error') && shadow !== true,
    );
    const why = by === null && step !== undefined ? ` by ${step.name}` : who;
    return { tone: 'bad', text: `Refused with ${status} ${errorCode ?? ''}${why}`.trim(), rule: by };
  }
  if (outcome === 'complete' && source !== null)
    return { tone: 'ok', text: `Answered from ${source}`, rule: null };
  const answered = answeringAttempt(attempts);
  if (outcome === 'complete' && answered !== undefined) {
    const rule = rules.find(
      ({ matched, wrote }) => matched && isJsonObject(wrote) && wrote['target'] !== undefined,
    );
    const count = attempts.length;
    if (count > 1) {
      const earlier = attempts
        .slice(0, -1)
        .map(({ target, failure }) => `${target} (${failure ?? 'failed'})`);
      return {
        tone: 'warn',
        text: `Answered by ${answered.target}, after ${earlier.join(' and ')}`,
        rule: rule ?? null,
      };
    }
    return { tone: 'ok', text: `Answered by ${answered.target}`, rule: rule ?? null };
  }
  const last = attempts.at(-1);
  const tried = last === undefined ? '' : `: ${last.target} ${last.failure ?? ''}`;
  return { tone: 'bad', text: `Failed with ${status} ${errorCode ?? ''}${tried}`.trim(), rule: null };
}

/** One slot: who won it, and who lost. */
export interface Slot {
  readonly slot: string;
  readonly value: Json;
  readonly rule: RuleTrace;
  readonly lost: readonly LostWrite[];
}

/** Slots that one rule wins; the others add up. */
const contested: ReadonlySet<string> = new Set(['target', 'fallbacks', 'chain', 'cache', 'retry', 'pick']);

export function slotsOf(trace: Trace): Slot[] {
  const slots: Slot[] = [];
  const isLost = (rule: RuleTrace, slot: string) =>
    trace.lost.some((one) => one.policy === rule.policy && one.rule === rule.rule && one.slot === slot);
  for (const rule of rulesOf(trace)) {
    if (!rule.matched || !isJsonObject(rule.wrote)) continue;
    for (const [slot, value] of Object.entries(rule.wrote)) {
      if (value === undefined || slot === 'tags' || isLost(rule, slot)) continue;
      const lost = contested.has(slot) ? trace.lost.filter((one) => one.slot === slot) : [];
      if (contested.has(slot) && slots.some((one) => one.slot === slot)) continue;
      slots.push({ slot, value, rule, lost });
    }
  }
  for (const one of trace.lost) {
    if (slots.some(({ slot }) => slot === one.slot)) continue;
    const rule = rulesOf(trace).find(({ policy, rule: id }) => policy === one.policy && id === one.rule);
    if (rule !== undefined) slots.push({ slot: one.slot, value: null, rule, lost: [one] });
  }
  return slots;
}

/** A value as people read it. */
export function plain(value: Json | undefined): string {
  if (value === undefined || value === null) return '–';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((one) => plain(one)).join(', ');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value as Readonly<Record<string, Json | undefined>>)
    .map(([key, one]) => `${key} ${plain(one)}`)
    .join(', ');
}
