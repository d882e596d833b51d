import type { AttemptChanges } from '../../sdk/change.ts';
import type { HealthCall } from '../../sdk/health.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { Failure, Provider } from '../../sdk/provider.ts';
import type { RoutePlan } from '../../sdk/route.ts';
import type { FailureKind, Target } from '../../sdk/target.ts';
import type { Transport, UpstreamRequest } from '../../sdk/transport.ts';
import type { RequestBody } from '../body/request-body.ts';
import type { AnswerCodec } from '../dialects/dialect.ts';
import { keyOrder } from '../health/keys.ts';
import type { Reply } from '../response/reply.ts';
import { ownerOf } from '../server/headers.ts';
import type { IssuedItems } from '../services/issued-items.ts';
import { clientHeaders, policyHeaders } from '../upstream/headers.ts';
import { Attempt } from './attempt.ts';
import { AttemptHealth, type EnteredHealth } from './attempt-health.ts';
import { prepareCall } from './call.ts';
import type { Exchange } from './exchange.ts';
import { noCredentials, notOffered } from './failure.ts';
import { isPromise } from './hook.ts';
import type { Lane } from './lane.ts';
import { attemptLimits } from './limits.ts';

/** What attempts need besides the exchange. */
export interface AttemptsDeps {
  provider(name: string): Provider | undefined;
  readonly http: Transport;
  readonly issued: IssuedItems;
}

/** One target to ask, and all that the attempt is made of. */
export interface Question {
  readonly plan: RoutePlan;
  readonly target: Target;
  readonly attempt: number;
  readonly changes: readonly AttemptChanges[];
  /** The target's health was entered for it. */
  readonly health: EnteredHealth;
  readonly hedge: boolean;
  /** How a faster attempt ends this one; absent where it is alone. */
  readonly lane?: Lane;
  /** Called when the answer is this attempt's, before any of it reaches the client. */
  readonly onAnswering?: () => void;
}

/** Failures that do not say that the API is missing. */
const notOfTheApi: ReadonlySet<FailureKind> = new Set([
  'connect',
  'timeout',
  'cut',
  'rate_limit',
  'overloaded',
  'auth',
]);

/** After these the next key of the provider is asked at once: they are no fault of the target. */
const nextKeyAfter: ReadonlySet<FailureKind> = new Set(['auth', 'rate_limit']);

/**
 * Asks one target. Null when the exchange is over, a failure when another try is possible. Of several keys the one
 * whose turn it is goes first, and the others follow where a key is refused or out of quota.
 */
export async function ask(
  x: Exchange,
  reply: Reply,
  question: Question,
  deps: AttemptsDeps,
): Promise<Failure | null> {
  const { target } = question;
  const provider = deps.provider(target.provider);
  if (provider === undefined) {
    question.health.left();
    return notOffered(target, x.options.dialect.api);
  }
  const { keyCount = 1 } = provider;
  if (keyCount < 2) return askInItsApi(x, reply, question, deps, provider, null);
  let last: Failure | null = null;
  for (const key of keyOrder(target.provider, keyCount, x.services.health)) {
    last = await askInItsApi(x, reply, question, deps, provider, key);
    if (last === null || x.over || x.aborted !== null || !nextKeyAfter.has(last.kind)) return last;
    if (hasCost(x, question)) return last;
  }
  return last;
}

/**
 * A provider may find by the answer that it does not have the API that it was asked for: then it is asked again in the
 * one that it has.
 */
async function askInItsApi(
  x: Exchange,
  reply: Reply,
  question: Question,
  deps: AttemptsDeps,
  provider: Provider,
  key: number | null,
): Promise<Failure | null> {
  const { api } = x.options.dialect;
  const { model } = question.target;
  const spoken = provider.dialect(api, model);
  const failure = await call(x, reply, question, deps, provider, key, spoken);
  if (failure === null || x.over || x.aborted !== null) return failure;
  const learnt = provider.dialect(api, model);
  // Another request may have taught it meanwhile: then only this one's own failure says whether to ask again.
  if (learnt === spoken || notOfTheApi.has(failure.kind) || hasCost(x, question)) return failure;
  return call(x, reply, question, deps, provider, key, learnt);
}

/**
 * Whether a call of this attempt has used something, such as the input before an error in the stream. Then what is held
 * for the attempt is not enough for another call: that is the next attempt's, for which the steps are asked again.
 */
function hasCost({ recorder }: Exchange, { attempt }: Question): boolean {
  return recorder.attempts.some(({ number, usage }) => number === attempt && usage !== null);
}

/** One call of one target. */
async function call(
  x: Exchange,
  reply: Reply,
  question: Question,
  deps: AttemptsDeps,
  provider: Provider,
  key: number | null,
  spoken: ReturnType<Provider['dialect']>,
): Promise<Failure | null> {
  const { dialect, body, requestId, traceId, sampled } = x.options;
  const spanId = x.services.ids.span();
  const { target, changes, plan, attempt, hedge } = question;
  const prepared = prepareCall(x, provider, target, spoken, changes, homeOf(x, deps));
  if (prepared.type === 'refused') {
    question.health.left();
    return prepared.failure;
  }
  if (prepared.type === 'estimate') {
    question.health.left();
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
      traceparent: `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`,
      ...(key === null ? undefined : { key }),
      headers: policyHeaders([x.upstreamHeaders, ...changes.map((change) => change.headers ?? {})]),
      clientHeaders: clientHeaders(dialect.clientHeaders, x.options.rawHeaders),
    });
    if (isPromise(request)) request = await request;
  } catch (error) {
    question.health.left();
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
  if (x.over || x.aborted !== null || question.lane?.stopped === true) {
    question.health.left();
    return null;
  }
  const result = await new Attempt(x, reply, {
    place: {
      number: attempt,
      spanId,
      target,
      key,
      hedge,
      outputLimit: outputLimitOf(body, changes),
      health: healthOf(x, question, key),
    },
    ...(question.lane === undefined ? undefined : { lane: question.lane }),
    ...(question.onAnswering === undefined ? undefined : { onAnswering: question.onAnswering }),
    provider,
    transport: provider.transport ?? deps.http,
    request,
    limits: attemptLimits(x.options.timeoutMs, changes, plan.failover.timeouts),
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

/** What the provider was told: the last of the attempt's changes, else what the request says. */
function outputLimitOf({ view }: RequestBody, changes: readonly AttemptChanges[]): number | null {
  const changed = changes.findLast(({ maxOutputTokens }) => maxOutputTokens !== undefined);
  return changed?.maxOutputTokens ?? view.maxOutputTokens;
}

/** The key's health is entered with each call. It decides which key goes first, so no rule holds it back here. */
function healthOf(x: Exchange, { target, health }: Question, key: number | null): AttemptHealth {
  const entered = key === null ? null : x.services.health.enter(`${target.provider}#${key + 1}`, null);
  return new AttemptHealth(health.take(), entered as HealthCall | null);
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
