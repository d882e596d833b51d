import type { Answer } from '../../sdk/chunk.ts';
import type { RequestContext, ResponseContext } from '../../sdk/context.ts';
import type { ChunkObserver } from '../../sdk/decision.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { Clock, Log } from '../../sdk/services.ts';
import type { RuleTrace } from '../../sdk/trace.ts';
import type { Step } from '../program/step.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { answerDecision, attemptDecision, requestDecision, routeDecision, tagsOf } from './decide.ts';
import { type FactSources, Facts } from './facts.ts';
import { guestFacts } from './guest-facts.ts';
import { evaluateHook, evaluatePred, type HookOutcome, type InterpreterEnv } from './interpreter.ts';
import type { Act, Capabilities, PlanPolicy, Pred } from './plan.ts';
import { hookNames } from './plan.ts';
import { preparePolicy } from './prepare.ts';

/** What an `afterResponse` rule found while the answer was only observed. */
export interface Observed {
  readonly tags: Readonly<Record<string, string>>;
  readonly rules: readonly RuleTrace[];
  /** Set where the policy could not decide; nothing else happens then. */
  readonly error?: string;
}

export interface PolicyStepServices extends FactSources {
  readonly sandbox: Sandbox;
  /** The file's instance in the sandbox, see `LoadedPolicies.key`. */
  readonly key: string;
  readonly capabilities: Capabilities;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
  /** Receives what observing `afterResponse` rules found, once per answer. */
  observed?(ctx: ResponseContext, found: Observed): void;
}

/** The sandbox stops a call by itself much earlier; this only bounds a queue that does not move. */
const stepTimeoutMs = 2_000;

/**
 * A policy of a script as a step of the program. It decides at once unless a rule runs code. A failure is thrown:
 * the pipeline then refuses (guard) or goes on without the policy (shape), as `onFailure` says.
 */
export function policyStep(policy: PlanPolicy, services: PolicyStepServices): Step {
  const { id, file } = policy;
  const { models } = services;
  const ready = preparePolicy(policy, models);
  const env = interpreterEnv(policy, services);
  const hooks = hookNames.filter((hook) => ready.hooks[hook].length > 0);
  const streamMode = hooks.includes('afterResponse') ? answerMode(policy) : null;
  const ask = <T>(outcome: MaybePromise<HookOutcome>, then: (outcome: HookOutcome) => T): MaybePromise<T> =>
    outcome instanceof Promise ? outcome.then(then) : then(outcome);
  const onAnswer = (ctx: ResponseContext, answer: Answer) =>
    evaluateHook(ready, 'afterResponse', Facts.ofAnswer(ctx, answer, services), env);
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
    match:
      match === null
        ? null
        : (ctx) => evaluatePred(ready, match, Facts.ofRequest('onRequest', ctx, services), env),
    ...(hooks.includes('onRequest') && {
      onRequest: (ctx: RequestContext) =>
        ask(evaluateHook(ready, 'onRequest', Facts.ofRequest('onRequest', ctx, services), env), (outcome) =>
          requestDecision(id, outcome, models),
        ),
    }),
    ...(hooks.includes('route') && {
      route: (ctx: RequestContext) =>
        ask(evaluateHook(ready, 'route', Facts.ofRequest('route', ctx, services), env), (outcome) =>
          routeDecision(id, outcome),
        ),
    }),
    ...(hooks.includes('beforeUpstream') && {
      beforeUpstream: (ctx: Parameters<NonNullable<Step['beforeUpstream']>>[0]) =>
        ask(evaluateHook(ready, 'beforeUpstream', Facts.ofAttempt(ctx, services), env), (outcome) =>
          attemptDecision(id, outcome),
        ),
    }),
    ...(streamMode !== null && {
      observe: (ctx: ResponseContext) => observer(ctx, (answer) => onAnswer(ctx, answer), services),
    }),
    ...(streamMode === 'whole' && {
      whole: (ctx: ResponseContext, _: unknown, answer: Answer) =>
        ask(onAnswer(ctx, answer), (outcome) => answerDecision(id, outcome)),
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

/** Rules that may refuse the answer, or run code for it, need it whole; others can look at it as it passes. */
function answerMode(policy: PlanPolicy): 'whole' | 'observe' {
  const rules = policy.rules.filter(({ hook }) => hook === 'afterResponse');
  const needsWhole = rules.some(({ when, acts }) => acts.some(mayRefuse) || (when !== null && hasCode(when)));
  return needsWhole ? 'whole' : 'observe';
}

function mayRefuse({ a }: Act): boolean {
  return a === 'deny' || a === 'run';
}

function hasCode(pred: Pred): boolean {
  if (pred.p === 'leaf') return pred.name === 'fn';
  return pred.p === 'not' ? hasCode(pred.of) : pred.of.some(hasCode);
}

/** Evaluates at the end of the answer. Also used in shadow mode, where nothing may wait for a policy. */
function observer(
  ctx: ResponseContext,
  evaluate: (answer: Answer) => MaybePromise<HookOutcome>,
  { observed }: PolicyStepServices,
): ChunkObserver {
  const found = (outcome: HookOutcome) =>
    observed?.(ctx, { tags: tagsOf(outcome) ?? {}, rules: outcome.rules });
  const failed = (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    observed?.(ctx, { tags: {}, rules: [], error: message });
  };
  return {
    end(answer) {
      const outcome = evaluate(answer);
      if (outcome instanceof Promise) outcome.then(found).catch(failed);
      else found(outcome);
    },
  };
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
