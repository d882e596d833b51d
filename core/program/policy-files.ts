import type { PolicyFacts } from '../../sdk/policy-facts.ts';
import type { Clock, Log, Models } from '../../sdk/services.ts';
import { BudgetReader, budgetQuestions, budgetsToKeep } from '../policy/budget-reader.ts';
import { capabilitiesOf } from '../policy/capabilities.ts';
import type { PolicyFile } from '../policy/compile.ts';
import type { FactSources } from '../policy/facts.ts';
import { lintPolicies } from '../policy/lint.ts';
import type { FailedPolicies, LoadedPolicies as LoadedFile } from '../policy/load.ts';
import type { Capabilities, PlanPolicy } from '../policy/plan.ts';
import { policySteps } from '../policy/step.ts';
import type { Problem } from '../problem.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { SnapshotFile } from './folder.ts';
import type { LoadedPolicies, PolicySurroundings } from './load.ts';
import type { Step } from './step.ts';

/** What policy scripts are loaded with, in the gateway and in the playground alike. */
export interface PolicyFilesDeps {
  readonly models: Models;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly log: Log;
  compile(file: PolicyFile): Promise<LoadedFile | FailedPolicies>;
}

/** Compiles the folder's policy scripts, checks them together, and makes steps of them where nothing is wrong. */
export async function loadPolicyFiles(
  files: readonly SnapshotFile[],
  { order, plugins, facts }: PolicySurroundings,
  { models, sandbox, clock, log, compile }: PolicyFilesDeps,
): Promise<LoadedPolicies> {
  const capabilities = new Map<string, Capabilities>();
  for (const { name } of files) capabilities.set(name, capabilitiesOf(name, order, plugins));
  const problems: Problem[] = [];
  const compiled: { file: string; key: string; policies: readonly PlanPolicy[] }[] = [];
  for (const { name, text } of files) {
    const result = await compile({ file: name, text, typescript: name.endsWith('.ts') });
    if (result.ok) compiled.push({ file: name, key: result.key, policies: result.policies });
    else problems.push(...result.problems);
  }
  const all = compiled.flatMap(({ policies }) => policies);
  problems.push(...lintPolicies(all, { models, capabilities: (file) => capabilities.get(file)! }));
  if (problems.some(({ severity }) => severity === 'error')) {
    for (const { key } of compiled) sandbox.release(key);
    return { steps: new Map(), problems };
  }
  const sources = factSources(facts, all);
  const steps = new Map<string, readonly Step[]>();
  for (const { file, key, policies } of compiled) {
    const own = capabilities.get(file)!;
    steps.set(
      file,
      policySteps(policies, { sandbox, key, capabilities: own, clock, log, models, ...sources }),
    );
  }
  return { steps, problems, budgets: budgetsToKeep(all) };
}

/** Asks the folder's plugins: for budgets all policies together. */
function factSources(facts: PolicyFacts, policies: readonly PlanPolicy[]): Omit<FactSources, 'models'> {
  const reader = new BudgetReader(
    (ctx, asked) => facts.budget?.(ctx, asked) ?? [],
    budgetQuestions(policies),
  );
  return {
    budget: (ctx, period, by) => reader.read(ctx, period, by),
    costUsd: (ctx, answer) => facts.costUsd?.(ctx, answer) ?? null,
  };
}
