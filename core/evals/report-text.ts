import type { Comparison } from './compare-results.ts';
import type { CaseResult, SuiteResult } from './run-suite.ts';
import type { Spread } from './spread.ts';

const marks = { passed: 'ok  ', failed: 'FAIL', error: 'ERR ', unchecked: 'none' } as const;

/** One case, and under it what did not hold. What models wrote is printed without control characters. */
export function caseLines(result: CaseResult): string {
  const { state, name, model, runs, passRate, latencyMs, costUsd, notes } = result;
  const rate = runs === 1 ? '' : ` ${Math.round(passRate * runs)}/${runs}`;
  const cost = costUsd === null ? '' : `, $${Number(costUsd.mean.toFixed(6))}`;
  const head = `${marks[state]}${rate}  ${model}  ${name}  (${spread(latencyMs, runs)} ms${cost}${runs > 1 ? `, score ${result.score.mean.toFixed(2)} ± ${result.score.deviation.toFixed(2)}` : ''})`;
  return [head, ...notes.map((note) => `      ${note}`)].map(plain).join('\n').concat('\n');
}

function spread({ mean, deviation }: Spread, runs: number): string {
  return runs > 1 ? `${Math.round(mean)} ± ${Math.round(deviation)}` : String(Math.round(mean));
}

/** The end of a report. */
export function summaryLines(result: SuiteResult, comparison: Comparison | null): string {
  const { cases, passRate, threshold, costUsd, judgeCostUsd, policyVersions } = result;
  const passed = cases.filter(({ state }) => state === 'passed').length;
  const lines = [
    '',
    `${passed} of ${cases.length} passed (${percent(passRate)}; expected ${percent(threshold)}), $${Number(costUsd.toFixed(6))}${judgeCostUsd > 0 ? ` and $${Number(judgeCostUsd.toFixed(6))} for judging` : ''}`,
    ...(policyVersions.length > 0 ? [`policies ${policyVersions.join(', ')}`] : []),
  ];
  if (comparison !== null) {
    lines.push(
      `before: ${percent(comparison.passRateBefore)}, $${Number(comparison.costUsdBefore.toFixed(6))}`,
    );
    for (const { kind, name, model, before, now } of comparison.changes) {
      lines.push(
        `  ${kind}: ${model}  ${name} (${before === null ? '-' : percent(before)} → ${now === null ? '-' : percent(now)})`,
      );
    }
  }
  return `${lines.map(plain).join('\n')}\n`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))}%`;
}

function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
}
