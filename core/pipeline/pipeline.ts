import type { Respond } from '../../sdk/decision.ts';
import { GatewayError } from '../../sdk/errors.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { RoutePlan } from '../../sdk/route.ts';
import type { Outcome } from '../../sdk/trace.ts';
import { countGates } from '../program/gates.ts';
import type { Step } from '../program/step.ts';
import { denied } from '../response/denied.ts';
import { Reply } from '../response/reply.ts';
import { describeConstraint } from '../route/constraint.ts';
import { RouteDraft, writerName } from '../route/draft.ts';
import { finishPlan } from '../route/plan.ts';
import type { AttemptsDeps } from './ask.ts';
import { walkPlan } from './attempts.ts';
import { respondWith } from './canned.ts';
import type { Exchange } from './exchange.ts';
import { outOfTime } from './failure.ts';
import { isPromise, runHook, settleMatches } from './hook.ts';
import { respondOtherwise } from './otherwise.ts';
import { planTerms } from './plan-terms.ts';
import { settle } from './settle.ts';

/**
 * The way of one request through the program, and the only place that knows the order of the hooks:
 * `onRequest` down the folder, `route` down the folder, then for each attempt `beforeUpstream` down the folder and
 * `afterResponse` back up; `settled` at the very end. Never throws: whatever happens becomes the client's answer.
 */
export async function runPipeline(x: Exchange, deps: AttemptsDeps): Promise<void> {
  const reply = new Reply(x);
  /** An end that came from outside: its books, and what the client is told. */
  let ending: MaybePromise<void> | null = null;
  x.options.sink.onGone(() => {
    x.abort('client_gone');
    ending ??= settle(x, 'client_gone');
  });
  x.whenBroken((error, outcome) => {
    ending ??= x.offer === null ? reply.fail(error, outcome) : end(x, reply, error, outcome);
  });
  x.armDeadline(() => x.breakOff(outOfTime(x.options.timeoutMs), 'failed'));
  await run(x, reply, deps);
  // Until then the request is under way, and nobody else may answer it.
  await ending;
}

async function run(x: Exchange, reply: Reply, deps: AttemptsDeps): Promise<void> {
  try {
    const canned = await onRequest(x);
    if (x.over) return;
    // Who takes part in the answer is settled before there is one.
    const settling = settleMatches(x);
    if (settling !== undefined) await settling;
    if (x.over) return;
    if (canned !== null) return await respondWith(x, reply, canned);
    const plan = await route(x);
    if (x.over) return;
    try {
      await walkPlan(x, reply, plan, deps);
    } catch (error) {
      if (!(error instanceof GatewayError && (await respondOtherwise(x, reply, error)))) throw error;
    }
  } catch (error) {
    await fail(x, reply, error);
  }
}

/** An end that came from outside. A refusal of what was offered in its place is the client's answer then. */
async function end(x: Exchange, reply: Reply, error: GatewayError, outcome: Outcome): Promise<void> {
  try {
    if (!(await respondOtherwise(x, reply, error))) await reply.fail(error, outcome);
  } catch (refusal) {
    await fail(x, reply, refusal);
  }
}

async function fail(x: Exchange, reply: Reply, error: unknown): Promise<void> {
  if (x.over) return;
  if (error instanceof GatewayError) {
    return await reply.fail(error, x.recorder.deniedBy === null ? 'failed' : 'denied');
  }
  x.services.log.error(
    { request_id: x.options.requestId, error: error instanceof Error ? error.stack : String(error) },
    'the pipeline failed',
  );
  await reply.fail(
    new GatewayError(
      'internal_error',
      `The gateway failed on this request; its log has request id ${x.options.requestId}.`,
    ),
    'failed',
  );
}

/** The first hook: each step may change the request, refuse it or answer it. */
async function onRequest(x: Exchange): Promise<Respond | null> {
  const { steps } = x.options.program;
  // Until whoever decides it has let the request in, nobody may answer it.
  let undecided = countGates(steps);
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index]!;
    if (step.onRequest === undefined) continue;
    const result = runHook(x, step, index, 'onRequest', undefined, (state) =>
      step.onRequest!(x.context, state),
    );
    const decision = isPromise(result) ? await result : result;
    if (x.over) return null;
    if (step.authenticates === true && decision?.type !== 'deny') undecided -= 1;
    if (decision === undefined) continue;
    if (decision.type === 'deny') throw denied(decision);
    if (decision.type === 'respond') {
      if (undecided === 0) return decision;
      throw answersTooEarly(step);
    }
    const { changes, only, otherwise } = decision;
    if (otherwise !== undefined) x.offer ??= { step, respond: otherwise };
    if (only !== undefined)
      x.constraints.push({ constraint: only, writer: { policy: step.name, rule: null } });
    if (changes === undefined) continue;
    if (changes.identity !== undefined) x.identity = { ...x.identity, ...changes.identity };
    if (changes.headers !== undefined) Object.assign(x.upstreamHeaders, changes.headers);
    x.options.body.change(changes);
  }
  return null;
}

/** A step answered before anybody had decided whether the client may ask. */
function answersTooEarly({ name, file }: Step): GatewayError {
  return new GatewayError(
    'policy_error',
    `${name} (${file}) answers requests before it is known who makes them. Move it behind the file that authenticates.`,
  );
}

/** The second hook: the steps write slots; the plan comes of it. */
async function route(x: Exchange): Promise<RoutePlan> {
  const draft = new RouteDraft();
  const { steps } = x.options.program;
  for (const { constraint, writer } of x.constraints) draft.constrain(writer, constraint);
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index]!;
    if (step.route === undefined) continue;
    const result = runHook(x, step, index, 'route', undefined, (state) => step.route!(x.context, state));
    const decision = isPromise(result) ? await result : result;
    if (decision === undefined) continue;
    if (decision.type === 'deny') throw denied(decision);
    if ('byRule' in decision && decision.byRule !== undefined) {
      for (const { rule, writes } of decision.byRule) draft.write({ policy: step.name, rule }, writes);
    } else {
      draft.write({ policy: step.name, rule: null }, decision);
    }
  }
  x.recorder.lost = draft.lost;
  const plan = finishPlan(draft, x.options.body.view.model, x.services.models, planTerms(x));
  x.recorder.passedOver.push(...plan.passedOver);
  x.plan = plan;
  x.recorder.plan = {
    targets: plan.targets.map((target) => target.id),
    constraints: draft.constraints.map(
      ({ constraint, writer }) => `only(${describeConstraint(constraint)}) of ${writerName(writer)}`,
    ),
  };
  return plan;
}
