import type { Decision } from '../../sdk/decision.ts';
import { GatewayError } from '../../sdk/errors.ts';
import type { Json } from '../../sdk/json.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { HookName, TraceStep } from '../../sdk/trace.ts';
import type { Explained, Step } from '../program/step.ts';
import type { Exchange } from './exchange.ts';

type HookDecision = Decision & Explained;
type Recorded = { -readonly [Key in keyof TraceStep]: TraceStep[Key] };

/** True for anything with a `then`. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Fails after `timeoutMs`, naming the step; the late result is ignored. */
export function withTimeout<T>(x: Exchange, step: Step, result: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = x.services.clock.after(step.timeoutMs, () =>
      reject(new Error(`no decision within timeout_ms ${step.timeoutMs}`)),
    );
    result.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}

/** Whether a step applies to this request; asked once, the first time one of its hooks would run. */
export function matches(x: Exchange, step: Step, index: number): MaybePromise<boolean> {
  if (step.match === null) return true;
  const known = x.matched[index];
  if (known !== undefined) return known;
  const result = step.match(x.context);
  if (!isPromise(result)) {
    x.matched[index] = result;
    return result;
  }
  return withTimeout(x, step, result).then((value) => {
    x.matched[index] = value;
    return value;
  });
}

/**
 * Asks the match of every step that has not been asked yet and still has a part in the request: its answer or its end.
 * A match that fails follows the step's `on_failure`.
 *
 * @throws GatewayError 503 `policy_error`
 */
export function settleMatches(x: Exchange): MaybePromise<void> {
  const { steps } = x.options.program;
  for (let index = 0; index < steps.length; index += 1) {
    const { match } = steps[index]!;
    if (match !== null && x.matched[index] === undefined) return settleMatchesLater(x);
  }
  return undefined;
}

async function settleMatchesLater(x: Exchange): Promise<void> {
  const { steps } = x.options.program;
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index]!;
    if (step.match === null || x.matched[index] !== undefined) continue;
    if (step.streamMode === null && step.settled === undefined) continue;
    const startedMs = x.services.clock.monotonic();
    try {
      await matches(x, step, index);
    } catch (error) {
      x.matched[index] = false;
      fail(x, step, step.streamMode === null ? 'onRequest' : 'afterResponse', undefined, startedMs, error);
    }
  }
}

/** The step's own per-request state, made on first use. */
export function stateOf(x: Exchange, step: Step, index: number): unknown {
  if (step.state === undefined) return undefined;
  if (!(index in x.states)) x.states[index] = step.state(x.context);
  return x.states[index];
}

/** Parts of a decision that are recorded by themselves. */
const recorded = new Set(['type', 'reason', 'details', 'responseHeaders', 'rules', 'byRule', 'verbs']);

/** Parts of which the names are recorded: the rest is content, or the same for every request. */
const namesOnly = new Set(['changes', 'texts', 'toolArguments', 'chains', 'otherwise']);

/** What a step wrote. Texts and system prompts are content: it names what changed, not what it became. */
function summarizeContinue(decision: HookDecision): Json | undefined {
  let wrote: Record<string, Json> | undefined;
  for (const key in decision) {
    if (recorded.has(key)) continue;
    const value = (decision as unknown as Record<string, Json | undefined>)[key];
    if (value === undefined) continue;
    wrote ??= {};
    wrote[key] = namesOnly.has(key) ? Object.keys(value as object) : value;
  }
  return wrote;
}

/** What a decision did, in words that hold no prompt text. */
function summarize(decision: HookDecision): Json | undefined {
  switch (decision.type) {
    case 'deny':
      return { deny: { status: decision.status ?? null, code: decision.code } };
    case 'respond':
      return { respond: { source: decision.source ?? 'policy' } };
    case 'skip':
      return undefined;
    case 'continue':
      return summarizeContinue(decision);
  }
}

/**
 * Runs one hook of one step under the step's own terms: timed, traced, its tags and headers taken over, a failure
 * answered by `on_failure`, and in shadow mode recorded but not applied.
 *
 * @returns the decision to apply; undefined to go on.
 * @throws GatewayError 503 `policy_error` when the step failed and fails closed.
 */
export function runHook<D extends HookDecision>(
  x: Exchange,
  step: Step,
  index: number,
  hook: HookName,
  attempt: number | undefined,
  call: (state: unknown) => MaybePromise<D | undefined>,
): MaybePromise<D | undefined> {
  const startedMs = x.services.clock.monotonic();
  try {
    const applies = matches(x, step, index);
    if (applies === false) return undefined;
    const result = isPromise(applies)
      ? applies.then((yes) => (yes ? call(stateOf(x, step, index)) : undefined))
      : call(stateOf(x, step, index));
    if (!isPromise(result)) return accept(x, step, hook, attempt, startedMs, result);
    return withTimeout(x, step, result).then(
      (decision) => accept(x, step, hook, attempt, startedMs, decision),
      (error: unknown) => fail(x, step, hook, attempt, startedMs, error),
    );
  } catch (error) {
    return fail(x, step, hook, attempt, startedMs, error);
  }
}

function roleOf(step: Step): TraceStep['role'] {
  if (step.authenticates === true) return 'auth';
  return step.caches === true ? 'cache' : undefined;
}

function accept<D extends HookDecision>(
  x: Exchange,
  step: Step,
  hook: HookName,
  attempt: number | undefined,
  startedMs: number,
  decision: D | undefined,
): D | undefined {
  const shadow = step.mode === 'shadow';
  // Built by assignment: this runs for every step of every request, and spreading costs more than all of it.
  const record: Recorded = {
    hook,
    file: step.file,
    name: step.name,
    decision: decision === undefined ? 'continue' : decision.type,
    startedMs: x.sinceArrivalMs(startedMs),
    durationUs: Math.round((x.services.clock.monotonic() - startedMs) * 1000),
  };
  if (shadow) record.shadow = true;
  const role = roleOf(step);
  if (role !== undefined) record.role = role;
  if (attempt !== undefined) record.attempt = attempt;
  if (decision !== undefined) {
    if (decision.rules !== undefined) record.rules = decision.rules;
    const wrote = summarize(decision);
    if (wrote !== undefined) record.wrote = wrote;
    if (decision.reason !== undefined) record.reason = decision.reason;
    if (decision.details !== undefined) record.details = decision.details;
  }
  x.recorder.step(record);
  if (decision === undefined || shadow) return undefined;
  if (decision.verbs !== undefined) x.verbs = [...x.verbs, ...decision.verbs];
  if (decision.tags !== undefined) x.tags = { ...x.tags, ...decision.tags };
  if (decision.responseHeaders !== undefined) Object.assign(x.responseHeaders, decision.responseHeaders);
  if (decision.type === 'deny') x.recorder.deny(step.name, decision);
  return decision;
}

function fail(
  x: Exchange,
  step: Step,
  hook: HookName,
  attempt: number | undefined,
  startedMs: number,
  error: unknown,
): undefined {
  const message = error instanceof Error ? error.message : String(error);
  // A policy that fails brings the record of its rules so far.
  const { rules } = (error ?? {}) as Explained;
  const shadow = step.mode === 'shadow';
  const role = roleOf(step);
  x.recorder.step({
    hook,
    file: step.file,
    name: step.name,
    decision: 'error',
    ...(shadow ? { shadow } : undefined),
    ...(attempt === undefined ? undefined : { attempt }),
    error: message.slice(0, 500),
    ...(rules === undefined ? undefined : { rules }),
    startedMs: x.sinceArrivalMs(startedMs),
    durationUs: Math.round((x.services.clock.monotonic() - startedMs) * 1000),
    ...(role === undefined ? undefined : { role }),
  });
  x.services.log.warn(
    {
      request_id: x.options.requestId,
      file: step.file,
      step: step.name,
      hook,
      on_failure: step.onFailure,
      error: message,
    },
    'a step of the program failed',
  );
  if (shadow) return undefined;
  if (step.onFailure === 'open') {
    x.tags = { ...x.tags, [`policy_error.${step.name}`]: hook };
    return undefined;
  }
  x.recorder.deniedBy = step.name;
  // A store that is down says so by itself, and when to come back.
  if (error instanceof GatewayError && error.code === 'store_unavailable') throw error;
  throw new GatewayError(
    'policy_error',
    `${step.name} (${step.file}) could not decide about this request and fails closed. Try again; if it stays, ask the gateway's owner with request id ${x.options.requestId}.`,
    { cause: error },
  );
}
