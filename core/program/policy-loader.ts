import type { PolicyFacts } from '../../sdk/policy-facts.ts';
import type { Clock, Log, Models } from '../../sdk/services.ts';
import { BudgetReader, budgetQuestions, budgetsToKeep } from '../policy/budget-reader.ts';
import { capabilitiesOf } from '../policy/capabilities.ts';
import { compilePolicy } from '../policy/compile.ts';
import type { FactSources } from '../policy/facts.ts';
import { LARGE_FACTS } from '../policy/guest-facts.ts';
import { lintPolicies } from '../policy/lint.ts';
import type { Capabilities, PlanPolicy } from '../policy/plan.ts';
import { preludeSource } from '../policy/prelude-source.ts';
import { policySteps } from '../policy/step.ts';
import type { Problem } from '../problem.ts';
import { createSandbox } from '../sandbox/pool.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { shareModules } from '../sandbox/shared.ts';
import { systemClock } from '../services/clock.ts';
import type { LoadPolicies } from './load.ts';
import type { Step } from './step.ts';

/** Turns policy scripts into steps. Owns the sandbox that they run in. */
export interface PolicyLoader {
  load(models: Models): LoadPolicies;
  readonly sandbox: Sandbox;
  close(): Promise<void>;
}

/** Connects the policies folder with the policy language and the sandbox. */
export function createPolicyLoader({
  clock,
  log,
}: {
  readonly clock: Clock;
  readonly log: Log;
}): PolicyLoader {
  // Real threads are watched in real time, whatever the clock of the gateway says.
  const sandbox = shareModules(
    createSandbox({ modules: { sluice: preludeSource() }, largeFacts: LARGE_FACTS, clock: systemClock, log }),
  );
  return {
    sandbox,
    close: () => sandbox.close(),
    load: (models) => async (files, surroundings) => {
      const { order, plugins, facts } = surroundings;
      const capabilities = new Map<string, Capabilities>();
      for (const { name } of files) capabilities.set(name, capabilitiesOf(name, order, plugins));
      const problems: Problem[] = [];
      const compiled: { file: string; key: string; policies: readonly PlanPolicy[] }[] = [];
      for (const { name, text } of files) {
        const result = await compilePolicy(
          { file: name, text, typescript: name.endsWith('.ts') },
          { sandbox },
        );
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
    },
  };
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
