import { compilePolicy } from '../../../core/policy/compile.ts';
import type { Capabilities, PlanPolicy } from '../../../core/policy/plan.ts';
import { type PolicyStepServices, policySteps } from '../../../core/policy/step.ts';
import { formatProblem } from '../../../core/problem.ts';
import type { Step } from '../../../core/program/step.ts';
import type { Sandbox } from '../../../core/sandbox/sandbox.ts';
import type { Log } from '../../../sdk/services.ts';
import { models } from './_facts.ts';
import { inProcessSandbox } from './_sandbox.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

export const everything: Capabilities = {
  verbs: new Map(
    ['redact', 'limit', 'cache', 'shadow', 'output'].map((verb) => [verb, '90-everything.yaml'] as const),
  ),
  facts: new Set(['budget', 'cost']),
};

/** The whole language on one line, so that a test's own lines start at 2. */
export const imports =
  "import { all, any, not, tenant, plan, region, key, user, feature, model, tier, api, header, label, tagged, content, has, hours, ab, tokensIn, budget, param, up, resp, fn, deny, use, pick, fallback, chain, only, split, rewrite, redact, limit, cache, retry, shadow, output, tag, run, onRequest, route, beforeUpstream, afterResponse, policy, hash, log } from 'sluice';\n";

/** Problems of a source as text; '' where there are none. */
export async function problemsOf(text: string, file = 'test.policy.ts'): Promise<string> {
  const result = await compilePolicy({ file, text, typescript: true }, { sandbox: inProcessSandbox() });
  return result.ok ? '' : result.problems.map(formatProblem).join('\n');
}

/** Compiles a source that must be right; `imports` is put before it unless it has its own. */
export async function compiled(
  text: string,
  { file = 'test.policy.ts', sandbox = inProcessSandbox() as Sandbox } = {},
): Promise<{ policies: readonly PlanPolicy[]; key: string; sandbox: Sandbox }> {
  const whole = /^\s*import|^export (async )?function/m.test(text) ? text : imports + text;
  const result = await compilePolicy({ file, text: whole, typescript: true }, { sandbox });
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return { policies: result.policies, key: result.key, sandbox };
}

/** The steps of a source, as the program gets them. */
export async function stepsOf(
  text: string,
  services: Partial<PolicyStepServices> & { file?: string } = {},
): Promise<Step[]> {
  const { policies, key, sandbox } = await compiled(
    text,
    services.file === undefined ? {} : { file: services.file },
  );
  let tick = 0;
  return policySteps(policies, {
    sandbox,
    key,
    models,
    capabilities: everything,
    clock: { monotonic: () => ++tick },
    log: silent,
    ...services,
  });
}
