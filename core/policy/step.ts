import type { Answer } from '../../sdk/chunk.ts';
import type { AttemptContext, RequestContext, ResponseContext } from '../../sdk/context.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { Clock, Log } from '../../sdk/services.ts';
import type { HookName } from '../../sdk/trace.ts';
import type { Step } from '../program/step.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { lateOutput, whyNot } from './capabilities.ts';
import {
  answerDecision,
  attemptDecision,
  type DecisionTerms,
  requestDecision,
  routeDecision,
} from './decide.ts';
import { type FactSources, Facts } from './facts.ts';
import { guestFacts } from './guest-facts.ts';
import { evaluateHook, evaluatePred, type HookOutcome, type InterpreterEnv } from './interpreter.ts';
import { isPluginVerb } from './missing.ts';
import type { Act, Capabilities, PlanPolicy, Pred } from './plan.ts';
import { hookNames } from './plan.ts';
import { preparePolicy, type ReadyPolicy } from './prepare.ts';
import { actsOf } from './walk.ts';

export interface PolicyStepServices extends FactSources {
  readonly sandbox: Sandbox;
  /** The file's instance in the sandbox, see `LoadedPolicies.key`. */
  readonly key: string;
  readonly capabilities: Capabilities;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
}

/** The sandbox stops a call by itself much earlier; this only bounds a queue that does not move. */
const stepTimeoutMs = 2_000;

/**
 * A policy of a script as a step of the program. It decides at once unless a rule runs code. A failure is thrown:
 * the pipeline then refuses (guard) or goes on without the policy (shape), as `onFailure` says.
 *
 * @throws Error when the policy has a verb that no plugin carries out; `lintPolicies` says so before
 */
export function policyStep(policy: PlanPolicy, services: PolicyStepServices): Step {
  const { capabilities } = services;
  for (const { a } of policy.rules.flatMap(actsOf)) {
    if (isPluginVerb(a) && !capabilities.verbs.has(a)) throw new Error(whyNot(a, capabilities));
  }
  for (const rule of policy.rules) {
    const late = lateOutput(rule, policy.file, capabilities);
    if (late !== null) throw new Error(late);
  }
  return stepOf(policy, preparePolicy(policy, services.models), services);
}

function stepOf(policy: PlanPolicy, ready: ReadyPolicy, services: PolicyStepServices): Step {
  const { id, file } = policy;
  const { models, capabilities } = services;
  const terms: DecisionTerms = { policy: id, performers: capabilities.verbs, models };
  const env = interpreterEnv(policy, services);
  const hooks = hookNames.filter((hook) => ready.hooks[hook].length > 0);
  const has = (hook: HookName) => hooks.includes(hook);
  const streamMode = has('afterResponse') ? answerMode(policy) : null;

  /** Evaluates the hook that the facts are for and makes the decision. */
  const decide = <T>(
    facts: Facts,
    decision: (terms: DecisionTerms, outcome: HookOutcome) => T,
  ): MaybePromise<T> => {
    const outcome = evaluateHook(ready, facts.phase, facts, env);
    return outcome instanceof Promise
      ? outcome.then((late) => decision(terms, late))
      : decision(terms, outcome);
  };
  const { match } = ready;

  return {
    file,
    name: id,
    kind: 'policy',
    summary: summaryOf(policy),
    mode: policy.mode,
    onFailure: policy.onError === 'closed' ? 'closed' : 'open',
    timeoutMs: stepTimeoutMs,
    hooks,
    streamMode,
    holdBackChars: 0,
    withFacts: (given) => stepOf(policy, ready, { ...services, ...given }),
    match:
      match === null
        ? null
        : (ctx) => evaluatePred(ready, match, Facts.ofRequest('onRequest', ctx, services), env),
    ...(has('onRequest') && {
      onRequest: (ctx: RequestContext) =>
        decide(Facts.ofRequest('onRequest', ctx, services), requestDecision),
    }),
    ...(has('route') && {
      route: (ctx: RequestContext) => decide(Facts.ofRequest('route', ctx, services), routeDecision),
    }),
    ...(has('beforeUpstream') && {
      beforeUpstream: (ctx: AttemptContext) => decide(Facts.ofAttempt(ctx, services), attemptDecision),
    }),
    ...(streamMode !== null && {
      // Also used in shadow mode, where nothing may wait for a policy.
      observe: (ctx: ResponseContext) => ({
        conclude: (answer: Answer) => decide(Facts.ofAnswer(ctx, answer, services), answerDecision),
      }),
    }),
    ...(streamMode === 'whole' && {
      whole: (ctx: ResponseContext, _: unknown, answer: Answer) =>
        decide(Facts.ofAnswer(ctx, answer, services), answerDecision),
    }),
  };
}

/** The steps of a file's policies, in the order of the file. The last one that runs frees the sandbox at its close. */
export function policySteps(policies: readonly PlanPolicy[], services: PolicyStepServices): Step[] {
  // Steps that are off are not part of the program, so nothing would close them.
  const last = policies.findLast(({ mode }) => mode !== 'off') ?? policies.at(-1);
  return policies.map((policy) => {
    const step = policyStep(policy, services);
    return policy === last ? { ...step, close: () => services.sandbox.release(services.key) } : step;
  });
}

/** Rules that may refuse or change the answer, or run code for it, need it whole; others can look at it as it passes. */
function answerMode(policy: PlanPolicy): 'whole' | 'observe' {
  const rules = policy.rules.filter(({ hook }) => hook === 'afterResponse');
  const needsWhole = rules.some(({ when, acts }) => acts.some(mayRefuse) || (when !== null && hasCode(when)));
  return needsWhole ? 'whole' : 'observe';
}

function mayRefuse({ a }: Act): boolean {
  return a === 'deny' || a === 'run' || a === 'output';
}

function hasCode(pred: Pred): boolean {
  if (pred.p === 'leaf') return pred.name === 'fn';
  return pred.p === 'not' ? hasCode(pred.of) : pred.of.some(hasCode);
}

function interpreterEnv(policy: PlanPolicy, services: PolicyStepServices): InterpreterEnv {
  const { sandbox, key, capabilities, clock, log } = services;
  return {
    capabilities,
    monotonic: () => clock.monotonic(),
    async callGuest(fn, facts) {
      const { requestId, arrivedAtMs } = facts.ctx;
      const seed = `${requestId}/${policy.id}`;
      const result = await sandbox.call({ key, fn, facts: guestFacts(facts), nowMs: arrivedAtMs, seed });
      for (const { level, text } of result.logs) {
        log[level]({ request_id: requestId, policy: policy.id, file: policy.file }, text);
      }
      if (result.ok) return { ok: true, value: result.value, fuel: result.fuel };
      const place = result.line > 0 ? ` at ${policy.file}:${result.line}:${result.column}` : '';
      return { ok: false, message: `${result.message} (${result.fault})${place}` };
    },
  };
}

function summaryOf({ kind, rules, owner }: PlanPolicy): string {
  const count = rules.length === 1 ? '1 rule' : `${rules.length} rules`;
  return `${kind}, ${count}${owner === null ? '' : `, owned by ${owner}`}`;
}
