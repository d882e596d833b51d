import type { Evaluation } from './evaluation.ts';

/** A report for programs: the whole evaluation, indented. */
export function evaluationJson(evaluation: Evaluation): string {
  return `${JSON.stringify(evaluation, null, 2)}\n`;
}
