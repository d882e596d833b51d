import { answeringAttempt, type Outcome, type Trace } from '../../sdk/trace.ts';
import type { Step } from '../program/step.ts';
import { sessionHeader } from '../route/sticky-key.ts';
import { HookSettledContext } from './context.ts';
import { costOf } from './cost.ts';
import type { Exchange } from './exchange.ts';
import { isPromise, stateOf, withTimeout } from './hook.ts';

const maxSessionChars = 200;

/**
 * Ends an exchange, exactly once whatever way it ended: makes the record, tells every step's `settled` hook, hands
 * the record on. Later calls do nothing.
 *
 * Steps that keep accounts are told one after the other: a row is durable before counters let go of what was held for it,
 * so whatever a crash leaves undone is missing on the counters alone, and the ledger has it.
 *
 * @returns a promise only where a hook is asynchronous. Answers wait for it before their last byte, so that what
 * `settled` writes is durable when the client sees the end.
 */
export function settle(x: Exchange, outcome: Outcome): void | Promise<void> {
  if (!x.close()) return undefined;
  const trace = recordOf(x, outcome);
  const context = new HookSettledContext(x, trace);
  const pending: Promise<void>[] = [];
  let books: Promise<void> | null = null;
  const { steps } = x.options.program;
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index]!;
    // A step that does not apply to the request, or was not asked before it was refused, has nothing to settle.
    const applies = step.match === null || x.matched[index] === true;
    if (step.settled === undefined || !applies || step.mode === 'shadow') continue;
    const isBook = step.accounts === true;
    const settling: Promise<void> | undefined =
      isBook && books !== null
        ? books.then(() => settleStep(x, step, index, context))
        : settleStep(x, step, index, context);
    if (settling === undefined) continue;
    if (isBook) books = settling;
    pending.push(settling);
  }
  if (pending.length === 0) {
    handOn(x, trace);
    return undefined;
  }
  return Promise.all(pending).then(() => handOn(x, trace));
}

/** @returns a promise, that never rejects, where the hook is asynchronous. */
function settleStep(
  x: Exchange,
  step: Step,
  index: number,
  context: HookSettledContext,
): Promise<void> | undefined {
  const complain = (error: unknown) =>
    x.services.log.error(
      { request_id: x.options.requestId, step: step.name, error: String(error) },
      'settled failed: its records may lack this request',
    );
  try {
    const result = step.settled!(context, stateOf(x, step, index));
    if (isPromise(result)) return withTimeout(x, step, result).catch(complain);
  } catch (error) {
    complain(error);
  }
  return undefined;
}

/** Keeping the record must never keep the answer from its client. */
function handOn(x: Exchange, trace: Trace): void {
  try {
    x.options.onSettled(trace, x);
  } catch (error) {
    x.services.log.error({ request_id: trace.requestId, error: String(error) }, 'a decision record was lost');
  }
}

function recordOf(x: Exchange, outcome: Outcome): Trace {
  const { options, recorder } = x;
  const durationMs = x.elapsedMs();
  return {
    v: 1,
    requestId: options.requestId,
    traceId: options.traceId,
    parentSpanId: options.parentSpanId,
    sampled: options.sampled,
    startedAtMs: options.arrivedAtMs,
    api: options.dialect.api,
    stream: options.body.view.stream,
    alias: options.body.view.model,
    configVersion: options.configVersion,
    policyVersion: options.program.version,
    tenant: x.identity.tenant.id,
    key: x.identity.key.id,
    user: x.identity.user,
    feature: x.identity.feature,
    session: sessionOf(options.rawHeaders[sessionHeader]),
    steps: recorder.steps,
    lost: recorder.lost,
    plan: recorder.plan,
    attempts: recorder.attempts,
    tags: x.tags,
    outcome,
    status: x.status,
    errorCode: x.error?.code ?? null,
    model: x.model,
    passedOver: recorder.passedOver,
    aside: options.aside ?? null,
    asides: recorder.asides,
    fallback: x.fallback,
    source: x.source,
    usage: x.source === null ? (answeringAttempt(recorder.attempts)?.usage ?? null) : x.usage,
    costNanoUsd: costOf(recorder.attempts),
    dropped: recorder.dropped,
    durationMs: round(durationMs),
    overheadMs: round(x.overheadNowMs()),
  };
}

/** A client may send any text: as much of it as a name needs is kept. */
function sessionOf(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && header !== '' ? header.slice(0, maxSessionChars) : null;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
