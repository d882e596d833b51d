import { readdir, readFile } from 'node:fs/promises';
import t from 'tap';
import { parse } from 'yaml';
import { compilePolicy } from '../../../core/policy/compile.ts';
import { lintPolicies } from '../../../core/policy/lint.ts';
import { noCapabilities } from '../../../core/policy/plan.ts';
import { policySteps } from '../../../core/policy/step.ts';
import { formatProblem } from '../../../core/problem.ts';
import type { Step } from '../../../core/program/step.ts';
import { RouteDraft } from '../../../core/route/draft.ts';
import { finishPlan } from '../../../core/route/plan.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { Models } from '../../../sdk/services.ts';
import type { Target, Tier } from '../../../sdk/target.ts';
import type { RuleTrace } from '../../../sdk/trace.ts';
import { requestContext, target } from './_facts.ts';
import { inProcessSandbox } from './_sandbox.ts';

const folder = new URL('../../../policies/examples/', import.meta.url);
const files = (await readdir(folder)).toSorted();
const read = (file: string) => readFile(new URL(file, folder), 'utf8');

interface Gateway {
  readonly providers: Readonly<Record<string, { readonly region: string }>>;
  readonly models: Readonly<
    Record<string, { readonly targets: readonly { readonly target: string; readonly tier: Tier }[] }>
  >;
}

interface Case {
  readonly name: string;
  readonly given?: {
    readonly user?: string;
    readonly tenant?: { readonly plan?: string; readonly region?: string };
    readonly request?: {
      readonly model?: string;
      readonly lastUser?: string;
      readonly tokensIn?: number;
      readonly tools?: readonly string[];
    };
    readonly upstream?: readonly { readonly fail?: string; readonly text?: string }[];
  };
  readonly expect: {
    readonly deny?: { readonly status: number; readonly code: string };
    readonly rules?: readonly string[];
    readonly not_rules?: readonly string[];
    readonly target?: string;
    readonly attempts?: number;
    readonly tags?: Readonly<Record<string, string>>;
    readonly response_text?: string;
  };
}

const gateway = parse(await read('gateway.yaml')) as Gateway;
const targetsOf = (alias: string): Target[] | undefined =>
  gateway.models[alias]?.targets.map(({ target: id, tier }) =>
    target(id, { tier, vendor: 'mock', region: gateway.providers[id.split('/')[0]!]!.region }),
  );
const models: Models = {
  aliases: Object.keys(gateway.models),
  resolve: targetsOf,
  strategy: () => 'ordered',
  tier: (name) => targetsOf(name)?.[0]?.tier ?? 'standard',
  nearest: () => undefined,
};

async function stepsOf(file: string): Promise<Step[]> {
  const sandbox = inProcessSandbox();
  const result = await compilePolicy({ file, text: await read(file), typescript: true }, { sandbox });
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  t.same(
    lintPolicies(result.policies, { models, capabilities: () => noCapabilities }).map(formatProblem),
    [],
    `${file} has no problem`,
  );
  const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
  return policySteps(result.policies, {
    sandbox,
    key: result.key,
    models,
    capabilities: noCapabilities,
    clock: { monotonic: () => 0 },
    log: silent,
  });
}

/** The pipeline in small: hooks in order, the plan, attempts that answer or fail as the case says. */
async function run(steps: readonly Step[], { given = {} }: Case) {
  const { model = 'standard', lastUser = 'hi', tokensIn = 10, tools = [] } = given.request ?? {};
  const ctx = requestContext({
    identity: { tenant: { ...given.tenant }, user: given.user ?? null },
    view: { model, lastUser, inputTokens: tokensIn, tools },
  });
  const rules: RuleTrace[] = [];
  const tags: Record<string, string> = {};
  const end = (more: object) => ({
    matched: rules.filter(({ matched }) => matched).map(({ policy, rule }) => `${policy}/${rule}`),
    tags,
    attempts: 0,
    ...more,
  });
  const draft = new RouteDraft();
  for (const hook of ['onRequest', 'route'] as const) {
    for (const step of steps) {
      const decision = await step[hook]?.(ctx, undefined);
      rules.push(...(decision?.rules ?? []));
      Object.assign(tags, decision?.tags);
      if (decision?.type === 'deny') return end({ deny: { status: decision.status, code: decision.code } });
      if (decision === undefined || !('byRule' in decision)) continue;
      for (const { rule, writes } of decision.byRule!) draft.write({ policy: step.name, rule }, writes);
    }
  }
  try {
    const plan = finishPlan(draft, model, models);
    for (const [i, one] of plan.targets.entries()) {
      for (const step of steps) {
        const decision = await step.beforeUpstream?.(
          { ...ctx, attempt: i + 1, target: one, plan, earlier: [], hedge: false },
          undefined,
        );
        rules.push(...(decision?.rules ?? []));
        if (decision?.type === 'deny')
          return end({ deny: { status: decision.status, code: decision.code }, attempts: i });
      }
      const script = given.upstream?.[i] ?? { text: 'ok' };
      if (script.fail === undefined)
        return end({ target: one.id, attempts: i + 1, response_text: script.text });
    }
    return end({});
  } catch (error) {
    if (error instanceof GatewayError) return end({ deny: { status: error.status, code: error.code } });
    throw error;
  }
}

for (const file of files.filter((name) => name.endsWith('.policy.test.yaml'))) {
  const policyFile = file.replace('.test.yaml', '.ts');
  // What needs plugins needs the whole pipeline: `sluice test` runs it.
  if (/\b(budget|limit)\(/.test(await read(policyFile))) continue;
  t.test(`${policyFile} does what its cases say`, async (t) => {
    const steps = await stepsOf(policyFile);
    const { given, cases } = parse(await read(file)) as { given?: Case['given']; cases: readonly Case[] };
    for (const one of cases) {
      const request = { ...given?.request, ...one.given?.request };
      const result = await run(steps, { ...one, given: { ...given, ...one.given, request } });
      const { rules = [], not_rules = [], ...expected } = one.expect;
      t.match(result, expected, one.name);
      for (const rule of rules) t.ok(result.matched.includes(rule), `${one.name}: ${rule} matches`);
      for (const rule of not_rules)
        t.notOk(result.matched.includes(rule), `${one.name}: ${rule} does not match`);
    }
  });
}

t.test('every example has cases', async (t) => {
  const policies = files.filter((name) => name.endsWith('.policy.ts'));
  t.same(
    policies.map((name) => files.includes(name.replace('.ts', '.test.yaml'))),
    policies.map(() => true),
  );
});
