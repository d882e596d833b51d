import type { AttemptChanges } from '../../sdk/change.ts';
import type { Respond } from '../../sdk/decision.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { Failure, Provider } from '../../sdk/provider.ts';
import type { RoutePlan } from '../../sdk/route.ts';
import { type Target, transientFailures } from '../../sdk/target.ts';
import type { Transport, UpstreamRequest } from '../../sdk/transport.ts';
import type { AnswerCodec } from '../dialects/dialect.ts';
import { denied } from '../response/denied.ts';
import { AnswerPath } from '../response/path.ts';
import type { Reply } from '../response/reply.ts';
import { ownerOf } from '../server/headers.ts';
import type { IssuedItems } from '../services/issued-items.ts';
import { clientHeaders, policyHeaders } from '../upstream/headers.ts';
import { noteAnswer } from './answer.ts';
import { Attempt } from './attempt.ts';
import { retryDelayMs } from './backoff.ts';
import { answerMeta, prepareCall } from './call.ts';
import { HookAttemptContext } from './context.ts';
import type { Exchange } from './exchange.ts';
import { failureError, noCredentials, noTarget, notOffered } from './failure.ts';
import { isPromise, runHook } from './hook.ts';

/** What attempts need besides the exchange. */
export interface AttemptsDeps {
  provider(name: string): Provider | undefined;
  readonly http: Transport;
  readonly issued: IssuedItems;
}

/** What the `beforeUpstream` hooks said about one attempt. */
type Readiness =
  | { readonly type: 'go'; readonly changes: readonly AttemptChanges[] }
  | { readonly type: 'skip' }
  | { readonly type: 'respond'; readonly respond: Respond };

/** Retries of a target as a share of its requests, unless a policy says otherwise. */
const defaultRetryRatio = 0.1;

/**
 * Asks the plan's targets in order until one answers. A failure that the plan lets move on goes to the next target;
 * a passing one may be tried again at the same target within the plan's retry rule.
 */
export async function walkPlan(
  x: Exchange,
  reply: Reply,
  plan: RoutePlan,
  deps: AttemptsDeps,
): Promise<void> {
  const firstAttemptMs = x.elapsedMs();
  let attempt = 0;
  let last: Failure | null = null;
  for (const target of plan.targets) {
    x.services.health.earnRetry(target.id, plan.retry.ratio ?? defaultRetryRatio);
    for (let retries = 0; ; retries += 1) {
      attempt += 1;
      const ready = await beforeUpstream(x, target, plan, attempt);
      if (x.over || x.aborted !== null) return;
      if (ready.type === 'respond') return respondWith(x, reply, ready.respond);
      if (ready.type === 'skip') break;
      last = await attemptOnce(x, reply, target, attempt, ready.changes, deps);
      if (last === null || x.over || x.aborted !== null) return;
      const delayMs = retryDelay(x, plan, target, last, retries, x.elapsedMs() - firstAttemptMs);
      if (delayMs === null) break;
      await pause(x, delayMs);
      if (x.over || x.aborted !== null) return;
    }
    if (last !== null && !plan.chain.on.includes(last.kind)) break;
  }
  throw last === null ? noTarget(plan) : failureError(last);
}

/** The third hook, for one attempt. */
async function beforeUpstream(
  x: Exchange,
  target: Target,
  plan: RoutePlan,
  attempt: number,
): Promise<Readiness> {
  const changes: AttemptChanges[] = [];
  const { steps } = x.options.program;
  let context: HookAttemptContext | null = null;
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index]!;
    if (step.beforeUpstream === undefined) continue;
    context ??= new HookAttemptContext(x, attempt, target, plan);
    const shown = context;
    const result = runHook(x, step, index, 'beforeUpstream', attempt, (state) =>
      step.beforeUpstream!(shown, state),
    );
    const decision = isPromise(result) ? await result : result;
    if (x.over) break;
    if (decision === undefined) continue;
    if (decision.type === 'deny') throw denied(decision);
    if (decision.type === 'skip') return { type: 'skip' };
    if (decision.type === 'respond') return { type: 'respond', respond: decision };
    if (decision.changes !== undefined) changes.push(decision.changes);
  }
  return { type: 'go', changes };
}

/**
 * Asks one target. Null when the exchange is over, a failure when another try is possible. A provider may find by the
 * answer that it does not have the API that it was asked for: then it is asked again in the one that it has.
 */
async function attemptOnce(
  x: Exchange,
  reply: Reply,
  target: Target,
  attempt: number,
  changes: readonly AttemptChanges[],
  deps: AttemptsDeps,
): Promise<Failure | null> {
  const provider = deps.provider(target.provider);
  const { api } = x.options.dialect;
  if (provider === undefined) return notOffered(target, api);
  const spoken = provider.dialect(api, target.model);
  const failure = await call(x, reply, target, attempt, changes, deps, provider, spoken);
  if (failure === null || x.over || x.aborted !== null) return failure;
  const learnt = provider.dialect(api, target.model);
  if (learnt === spoken) return failure;
  return call(x, reply, target, attempt, changes, deps, provider, learnt);
}

/** One call of one target. */
async function call(
  x: Exchange,
  reply: Reply,
  target: Target,
  attempt: number,
  changes: readonly AttemptChanges[],
  deps: AttemptsDeps,
  provider: Provider,
  spoken: ReturnType<Provider['dialect']>,
): Promise<Failure | null> {
  const { dialect, body, requestId, traceId } = x.options;
  const prepared = prepareCall(x, provider, target, spoken, changes, homeOf(x, deps));
  if (prepared.type === 'refused') return prepared.failure;
  if (prepared.type === 'estimate') {
    x.target = target;
    await reply.send(200, prepared.body, {});
    return null;
  }
  let request: MaybePromise<UpstreamRequest>;
  try {
    request = provider.request({
      api: dialect.api,
      wire: prepared.wire,
      model: target.model,
      stream: body.view.stream,
      body: prepared.body,
      requestId,
      traceparent: `00-${traceId}-${x.services.ids.span()}-01`,
      headers: policyHeaders([x.upstreamHeaders, ...changes.map((change) => change.headers ?? {})]),
      clientHeaders: clientHeaders(dialect.clientHeaders, x.options.rawHeaders),
    });
    if (isPromise(request)) request = await request;
  } catch (error) {
    x.services.log.error(
      {
        request_id: requestId,
        target: target.id,
        error: error instanceof Error ? error.message : String(error),
      },
      'a provider could not make its request',
    );
    return noCredentials(target);
  }
  if (x.over || x.aborted !== null) return null;
  const timeoutMs = changes.reduce(
    (least, change) => Math.min(least, change.timeoutMs ?? least),
    x.options.timeoutMs,
  );
  const result = await new Attempt(x, reply, {
    number: attempt,
    target,
    provider,
    transport: provider.transport ?? deps.http,
    request,
    limits: { headMs: timeoutMs, stallMs: timeoutMs },
    wire: prepared.wire,
    codec: prepared.codec,
    native: prepared.native,
    framing: prepared.framing,
    hideUsage: prepared.hideUsage,
  }).run();
  if (result === null && !prepared.native && body.json.value['store'] !== false) {
    keepItems(prepared.codec, ownerOf(x.options.rawHeaders), deps.issued);
  }
  return result;
}

/** Remembers what the client may refer to instead of sending it again: the provider that answered cannot. */
function keepItems({ storedItems = [] }: AnswerCodec, owner: string, issued: IssuedItems): void {
  for (const [id, text] of storedItems) issued.keep(owner, id, text);
}

/**
 * Who issued the signatures that the client sends back without a name on them: whoever this request goes to first,
 * where that target speaks the client's dialect and so answered untouched before; null for the dialect's own vendor.
 */
function homeOf(x: Exchange, deps: AttemptsDeps): string | null {
  const first = x.plan?.targets[0];
  if (first === undefined) return null;
  const { dialect } = x.options;
  const spoken = deps.provider(first.provider)?.dialect(dialect.api, first.model);
  return spoken === dialect.name && first.vendor !== '' ? first.vendor : null;
}

/** How long to wait before the same target is tried again; null when it is not. */
function retryDelay(
  x: Exchange,
  plan: RoutePlan,
  target: Target,
  failure: Failure,
  retries: number,
  elapsedMs: number,
): number | null {
  const { retry } = plan;
  if (retries >= retry.max || !(retry.on ?? transientFailures).includes(failure.kind)) return null;
  const delayMs = retryDelayMs(retries, failure.retryAfterMs, x.services.random.next());
  if (delayMs === null || (retry.budgetMs !== undefined && elapsedMs + delayMs > retry.budgetMs)) return null;
  return x.services.health.allowRetry(target.id) ? delayMs : null;
}

/** Waits, or not at all once the exchange is broken off. */
function pause(x: Exchange, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = x.services.clock.after(delayMs, () => {
      x.whenAborted(null);
      resolve();
    });
    x.whenAborted(() => {
      cancel();
      resolve();
    });
  });
}

/** Sends the answer that a hook gave in place of a provider; it passes `afterResponse` like any other. */
export async function respondWith(x: Exchange, reply: Reply, respond: Respond): Promise<void> {
  const { dialect, body } = x.options;
  x.source = respond.source ?? 'policy';
  const codec = dialect.codec(answerMeta(x, respond.model ?? body.view.model, ''));
  const { stream } = body.view;
  const path = new AnswerPath(x, codec, 0, 200, stream && !dialect.wantsUsage(body.json));
  const chunks = await path.chunks(respond.chunks);
  if (x.over) return;
  noteAnswer(x, path.answer(200));
  if (!stream) return reply.send(200, codec.synthesizeWhole(chunks), {});
  reply.beginStream(200, codec, {});
  return reply.endStream(codec.encodeChunks(chunks) + codec.encodeEnd());
}
