import type { Step } from './step.ts';

/** One line of the table that `sluice check` and the console show: a step, in the order in which requests pass. */
export interface ProgramRow {
  readonly order: number;
  readonly file: string;
  readonly name: string;
  readonly kind: string;
  readonly mode: string;
  readonly hooks: readonly string[];
  readonly on_failure: string;
  readonly stream: string;
  readonly summary: string;
}

export function programRow(step: Step, index: number): ProgramRow {
  const hold = step.streamMode === 'chunk' ? ` (holds ${step.holdBackChars})` : '';
  return {
    order: index + 1,
    file: step.file,
    name: step.name,
    kind: step.kind,
    mode: step.mode,
    hooks: step.settled === undefined ? step.hooks : [...step.hooks, 'settled'],
    on_failure: step.onFailure,
    stream: step.streamMode === null ? '-' : `${step.streamMode}${hold}`,
    summary: step.summary,
  };
}
