import type { PlanPolicy } from '../policy/plan.ts';
import { nearest } from '../text/nearest.ts';
import { CaseError, type PolicyCase } from './case.ts';
import { compareRun, showDifference } from './compare.ts';
import { type Run, runSituation, type Stage } from './run.ts';
import { situationOf } from './situation.ts';

/** `fail`: something came out otherwise than expected. `error`: the case itself could not be run. */
export type CaseStatus = 'pass' | 'fail' | 'error' | 'skip';

export interface CaseResult {
  readonly of: PolicyCase;
  readonly status: CaseStatus;
  /** What came out otherwise, why it could not be run, why it was skipped; a line each. */
  readonly notes: readonly string[];
  /** Null where the case was not run to its end. */
  readonly run: Run | null;
}

export interface RunCaseOptions {
  /** The folder's policies, with those that are switched off: an expectation that names a rule of none is an error. */
  readonly policies: readonly PlanPolicy[];
  /** Real time that the case may take. */
  readonly limitMs?: number;
}

/** Runs one case. Never throws. */
export async function runCase(of: PolicyCase, stage: Stage, options: RunCaseOptions): Promise<CaseResult> {
  if (of.skip !== null) return { of, status: 'skip', notes: [of.skip], run: null };
  try {
    checkRuleNames(of, options.policies);
    const situation = situationOf(of.given, stage.setup.services.models);
    const run = await runSituation(situation, stage, options.limitMs);
    const differences = compareRun(of.expect, run);
    return {
      of,
      status: differences.length === 0 ? 'pass' : 'fail',
      notes: differences.map(showDifference),
      run,
    };
  } catch (error) {
    const known = error instanceof CaseError;
    const message = known
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
    return { of, status: 'error', notes: [message], run: null };
  }
}

/** `not_rules` with a mistyped name would hold for ever. */
function checkRuleNames({ expect }: PolicyCase, policies: readonly PlanPolicy[]): void {
  const known = policies.flatMap(({ id, rules }) => rules.map((rule) => `${id}/${rule.id}`));
  for (const key of ['rules', 'not_rules'] as const) {
    for (const name of expect[key] ?? []) {
      if (known.includes(name)) continue;
      const near = nearest(name, known);
      const advice = near === undefined ? `known are: ${known.join(', ')}` : `did you mean "${near}"?`;
      throw new CaseError(`expect.${key}: no policy of the folder has the rule "${name}"; ${advice}`);
    }
  }
}
