import { explainTrace } from '../trace/explain-text.ts';
import { caseAt } from './case.ts';
import type { Coverage, RuleCoverage } from './coverage.ts';
import type { CaseResult, CaseStatus } from './run-case.ts';

const words: Readonly<Record<CaseStatus, string>> = {
  pass: 'PASS',
  fail: 'FAIL',
  error: 'ERROR',
  skip: 'SKIPPED',
};

/** One case as lines: its name; where it failed also the place, what came out otherwise and the decision record. */
export function reportCase({ of, status, notes, run }: CaseResult): string[] {
  const head = `  ${words[status].padEnd(7)} ${of.name}`;
  if (status === 'pass') return [head];
  if (status === 'skip') return [`${head}: ${notes.join('; ')}`];
  const lines = [`${head}  (${caseAt(of)})`, ...notes.map((note) => `            ${note}`)];
  if (status === 'fail' && run !== null) {
    lines.push(
      ...explainTrace(run.trace)
        .map((line) => (line === '' ? '' : `            | ${line}`))
        .filter(Boolean),
    );
  }
  return lines;
}

/** `4 passed, 1 failed, 0 skipped`; errors count as failed. */
export function closingLine(results: readonly { readonly status: CaseStatus }[]): string {
  const count = (...which: CaseStatus[]) => results.filter(({ status }) => which.includes(status)).length;
  return `${count('pass')} passed, ${count('fail', 'error')} failed, ${count('skip')} skipped`;
}

/** Coverage as lines: the rules, the questions with an answer missing, the share. */
export function reportCoverage({ rules, covered, total, percent }: Coverage): string[] {
  const width = Math.max(0, ...rules.map(({ rule }) => rule.length));
  const lines = rules.map((rule) => reportRule(rule, width));
  return ['coverage', ...lines, `coverage ${percent} % (${covered} of ${total})`];
}

function reportRule({ rule, at, state, reason }: RuleCoverage, width: number): string {
  return `  ${state.padEnd(9)} ${rule.padEnd(width)} (${at})${reason === null ? '' : `: ${reason}`}`;
}
