import type { RuleTrace } from '../../../sdk/trace.ts';
import type { Loaded, Tested, Tried } from '../engine/messages.ts';

export type RuleState = 'matched' | 'evaluated' | 'unreached' | 'failed' | 'covered' | 'partly' | 'uncovered';

/** What is shown beside a rule in the editor. */
export interface RuleMark {
  readonly line: number;
  readonly state: RuleState;
  /** What fits into the margin. */
  readonly short: string;
  /** A sentence. */
  readonly title: string;
}

const signs: Readonly<Record<RuleState, string>> = {
  matched: '✓',
  evaluated: '✗',
  unreached: '–',
  failed: '!',
  covered: '●',
  partly: '◐',
  uncovered: '○',
};

export function signOf(state: RuleState): string {
  return signs[state];
}

/** What a request did with each rule of a file. */
export function runMarks(file: string, loaded: Loaded, tried: Tried): RuleMark[] {
  const seen = new Map<string, RuleTrace[]>();
  for (const { rules = [] } of tried.trace.steps) {
    for (const rule of rules) {
      const key = `${rule.policy}/${rule.rule}`;
      seen.set(key, [...(seen.get(key) ?? []), rule]);
    }
  }
  return loaded.policies
    .filter((policy) => policy.file === file)
    .flatMap(({ id, rules, mode }) =>
      rules.map(({ id: rule, line }) => {
        const records = seen.get(`${id}/${rule}`) ?? [];
        return { line, ...markOf(`${id}/${rule}`, records, mode === 'off') };
      }),
    );
}

function markOf(name: string, records: readonly RuleTrace[], off: boolean): Omit<RuleMark, 'line'> {
  if (records.length === 0) {
    const title = off ? `${name}: its policy is switched off` : `${name}: not reached`;
    return { state: 'unreached', short: signs.unreached, title };
  }
  const us = records.reduce((sum, record) => sum + record.us, 0);
  const fuel = records.reduce((sum, record) => sum + record.fuel, 0);
  const failed = records.find(({ error }) => error !== undefined);
  const state =
    failed !== undefined ? 'failed' : records.some(({ matched }) => matched) ? 'matched' : 'evaluated';
  const times = records.length > 1 ? ` ${records.length} times` : '';
  const said = {
    matched: 'matched',
    evaluated: 'evaluated, did not match',
    failed: `failed: ${failed?.error}`,
  };
  const cost = `${timeText(us)}${fuel > 0 ? `, ${fuel} ticks of fuel` : ''}`;
  return {
    state,
    short: `${signs[state]} ${timeText(us)}${fuel > 0 ? ` ${fuel}f` : ''}`,
    title: `${name}: ${said[state]}${times}; ${cost}`,
  };
}

/** What the cases did with each rule of a file. */
export function coverageMarks(file: string, { coverage }: Tested): RuleMark[] {
  return coverage.rules
    .filter(({ at }) => at.slice(0, at.lastIndexOf(':')) === file)
    .map(({ rule, at, state, reason }) => {
      const full = state === 'matched' && reason === null;
      const mark = full ? 'covered' : state === 'never' || state === 'off' ? 'uncovered' : 'partly';
      return {
        line: Number(at.slice(at.lastIndexOf(':') + 1)),
        state: mark,
        short: signs[mark],
        title: `${rule}: ${reason ?? 'every answer of every question is covered'}`,
      };
    });
}

/** What a page's clock can tell apart, in microseconds: coarse, unless the page is isolated from others. */
const clockUs = globalThis.crossOriginIsolated === true ? 5 : 100;

/** `340 µs`, `1.2 ms`, or that it is less than the clock can tell. */
export function timeText(us: number): string {
  if (us >= 1000) return `${(us / 1000).toFixed(1)} ms`;
  return us < clockUs ? `< ${clockUs} µs` : `${Math.round(us)} µs`;
}
