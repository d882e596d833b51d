import type { AttemptChanges } from '../../sdk/change.ts';
import { GatewayError } from '../../sdk/errors.ts';
import type { Failure, Provider } from '../../sdk/provider.ts';
import type { Target } from '../../sdk/target.ts';
import type { Adapter, Framing, Wire, WireContext } from '../../sdk/wire.ts';
import { jsonTextFrom } from '../body/json-text.ts';
import { AdaptingCodec } from '../dialects/adapting-codec.ts';
import type { AnswerCodec, AnswerMeta } from '../dialects/dialect.ts';
import { formatOf } from '../dialects/registry.ts';
import { TranslatingCodec } from '../dialects/translating-codec.ts';
import type { Exchange } from './exchange.ts';
import { notOffered, untranslatable } from './failure.ts';
import { withoutModelLists } from './model-lists.ts';

/** What goes to a target, and how its answer is read. */
export interface PreparedCall {
  readonly type: 'call';
  /** Name of the format that the body is written in. */
  readonly wire: string;
  readonly body: string;
  readonly codec: AnswerCodec;
  /** Not translated. */
  readonly native: boolean;
  /** Undefined for server-sent events. */
  readonly framing: Framing | undefined;
  /** Usage is asked for by the gateway, not by the client. */
  readonly hideUsage: boolean;
}

/** The target cannot be asked. */
export interface RefusedCall {
  readonly type: 'refused';
  readonly failure: Failure;
}

/** The provider has no such API, and the gateway can give the answer itself. */
export interface EstimatedCall {
  readonly type: 'estimate';
  readonly body: string;
}

/**
 * Writes the request for one target: untouched but for the changes where it speaks the client's dialect, translated
 * where it does not. What could not be carried is noted in the record.
 *
 * @param spoken what the provider wants to be spoken to in.
 * @param home vendor that the client's seals are from when they do not say so themselves; null for the dialect's own.
 */
export function prepareCall(
  x: Exchange,
  provider: Provider,
  target: Target,
  spoken: ReturnType<Provider['dialect']>,
  changes: readonly AttemptChanges[],
  home: string | null,
): PreparedCall | RefusedCall | EstimatedCall {
  const { dialect, body } = x.options;
  x.recorder.dropped = [];
  if (spoken === dialect.name) return native(x, provider, target, changes, home);
  if (spoken === null) {
    if (dialect.estimate !== undefined) return { type: 'estimate', body: dialect.estimate(body.view) };
    return { type: 'refused', failure: notOffered(target, dialect.api) };
  }
  const format = typeof spoken === 'string' ? formatOf(spoken) : spoken;
  if (format === undefined) return { type: 'refused', failure: notOffered(target, dialect.api) };
  try {
    return format.kind === 'wire'
      ? translated(x, provider, target, changes, home, format)
      : adapted(x, provider, target, changes, home, format);
  } catch (error) {
    if (error instanceof GatewayError) return { type: 'refused', failure: untranslatable(error) };
    throw error;
  }
}

/** What an answer to this exchange says about itself where no provider does. */
export function answerMeta(x: Exchange, model: string, vendor: string): AnswerMeta {
  const { dialect, requestId, arrivedAtMs } = x.options;
  return { id: dialect.answerId(requestId), createdAtMs: arrivedAtMs, model, vendor };
}

function native(
  x: Exchange,
  provider: Provider,
  target: Target,
  changes: readonly AttemptChanges[],
  home: string | null,
): PreparedCall {
  const { dialect, body } = x.options;
  const hideUsage = body.view.stream && !dialect.wantsUsage(body.json);
  const json = body.jsonFor(changes);
  const edits = body.addressed(
    json,
    target.model,
    hideUsage && provider.streamUsage,
    provider.traits?.(target.model),
  );
  const lists = withoutModelLists(json.value, x.identity);
  if (lists.dropped.length > 0) {
    edits.push(...lists.edits);
    x.recorder.drop(lists.dropped);
  }
  const foreign = dialect.foreign?.(json.value, target.vendor, home);
  if (foreign !== undefined && foreign.edits.length > 0) {
    edits.push(...foreign.edits);
    x.recorder.drop(foreign.dropped);
  }
  return {
    type: 'call',
    wire: dialect.name,
    body: json.edit(edits),
    codec: dialect.codec(answerMeta(x, target.model, target.vendor)),
    native: true,
    framing: provider.framing?.(dialect.api, target.model),
    hideUsage,
  };
}

function translated(
  x: Exchange,
  provider: Provider,
  target: Target,
  changes: readonly AttemptChanges[],
  home: string | null,
  wire: Wire,
): PreparedCall | RefusedCall {
  const { dialect, body } = x.options;
  if (dialect.conversation === undefined) {
    return { type: 'refused', failure: notOffered(target, dialect.api) };
  }
  const context = contextFor(x, provider, target);
  const encoded = wire.encode(dialect.conversation(body.jsonFor(changes).value, home), context);
  x.recorder.drop(encoded.dropped);
  return {
    type: 'call',
    wire: wire.name,
    body: encoded.body,
    codec: new TranslatingCodec(
      wire.decoder(context),
      dialect.codec(answerMeta(x, target.model, target.vendor)),
      encoded,
      (name) => x.recorder.drop([name]),
    ),
    native: false,
    framing: wire.framing ?? provider.framing?.(dialect.api, target.model),
    hideUsage: body.view.stream && !dialect.wantsUsage(body.json),
  };
}

function adapted(
  x: Exchange,
  provider: Provider,
  target: Target,
  changes: readonly AttemptChanges[],
  home: string | null,
  adapter: Adapter,
): PreparedCall {
  const { dialect, body } = x.options;
  const { value } = body.jsonFor(changes);
  const call = {
    body: { ...value, model: target.model },
    conversation: () => {
      if (dialect.conversation !== undefined) return dialect.conversation(value, home);
      throw new GatewayError('unsupported_parameter', `A ${dialect.api} request holds no conversation.`);
    },
    context: contextFor(x, provider, target),
  };
  const encoded = adapter.encode(call);
  x.recorder.drop(encoded.dropped);
  return {
    type: 'call',
    wire: adapter.name,
    body: encoded.body,
    codec: new AdaptingCodec(dialect.codec(answerMeta(x, target.model, target.vendor)), (answer) => {
      const text = adapter.answer(answer, call);
      return text === null ? null : jsonTextFrom(JSON.stringify(text));
    }),
    native: false,
    framing: undefined,
    hideUsage: false,
  };
}

function contextFor(x: Exchange, provider: Provider, target: Target): WireContext {
  return {
    target,
    stream: x.options.body.view.stream,
    traits: provider.traits?.(target.model) ?? {},
    requestId: x.options.requestId,
  };
}
