import type { CaseResult, SuiteResult } from './run-suite.ts';

/** A case in two runs. */
export interface CaseChange {
  readonly name: string;
  readonly model: string;
  readonly kind: 'regressed' | 'improved' | 'new' | 'gone';
  readonly before: number | null;
  readonly now: number | null;
}

export interface Comparison {
  readonly changes: readonly CaseChange[];
  readonly regressed: number;
  readonly passRateBefore: number;
  readonly costUsdBefore: number;
}

/** What changed from one run to another, by case and model. `regressed`: it passed more often before. */
export function compareResults(before: SuiteResult, now: SuiteResult): Comparison {
  const keyOf = ({ name, model }: CaseResult) => `${model}\n${name}`;
  const old = new Map(before.cases.map((one) => [keyOf(one), one]));
  const changes: CaseChange[] = [];
  for (const one of now.cases) {
    const was = old.get(keyOf(one));
    old.delete(keyOf(one));
    const { name, model, passRate } = one;
    if (was === undefined) changes.push({ name, model, kind: 'new', before: null, now: passRate });
    else if (was.passRate !== passRate || (was.state === 'passed') !== (one.state === 'passed')) {
      const kind = passRate < was.passRate || was.state === 'passed' ? 'regressed' : 'improved';
      changes.push({ name, model, kind, before: was.passRate, now: passRate });
    }
  }
  for (const { name, model, passRate } of old.values())
    changes.push({ name, model, kind: 'gone', before: passRate, now: null });
  return {
    changes,
    regressed: changes.filter(({ kind }) => kind === 'regressed').length,
    passRateBefore: before.passRate,
    costUsdBefore: before.costUsd,
  };
}

/** A result as `--json` printed it. @throws Error where it is none. */
export function readResult(text: string): SuiteResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  const { cases, passRate, costUsd } = (value ?? {}) as Partial<SuiteResult>;
  const isCase = ({ name, model, state, passRate: rate }: Partial<CaseResult>) =>
    typeof name === 'string' &&
    typeof model === 'string' &&
    typeof state === 'string' &&
    typeof rate === 'number';
  if (
    !Array.isArray(cases) ||
    !cases.every(isCase) ||
    typeof passRate !== 'number' ||
    typeof costUsd !== 'number'
  ) {
    throw new Error('expected what sluice eval --json printed');
  }
  return value as SuiteResult;
}
