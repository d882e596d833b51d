import type { DecodedEvent } from '../../sdk/wire.ts';
import type { JsonText } from '../body/json-text.ts';
import type { AnswerCodec } from '../dialects/dialect.ts';
import { noteAnswer } from '../pipeline/answer.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import { isPromise } from '../pipeline/hook.ts';
import { AnswerPath } from './path.ts';
import type { Reply } from './reply.ts';

const largeBytes = 16 * 1024;

/** A whole answer as it came: its bytes, and what they mean. */
export interface WholeAnswer {
  readonly bytes: Buffer;
  readonly body: JsonText;
  readonly decoded: DecodedEvent;
}

/** What a relay needs besides the answer. */
export interface RelayOptions {
  readonly codec: AnswerCodec;
  /** The provider speaks the client's dialect: what nobody reads passes as it came. */
  readonly native: boolean;
  /** Number of the attempt. */
  readonly attempt: number;
  readonly status: number;
  /** Headers of the provider's answer that are passed on. */
  readonly headers: Readonly<Record<string, string>>;
  readonly hideUsage: boolean;
  /** Called when the answer is complete, before the exchange is settled and the client sees its end. */
  onDone(): void;
}

/**
 * Carries a provider's whole answer to the client, through the `afterResponse` hooks; as a stream where the client
 * asked for one.
 * @throws GatewayError where a step denies or cannot examine the answer.
 */
export async function relayWhole(
  x: Exchange,
  reply: Reply,
  { bytes, body, decoded }: WholeAnswer,
  { codec, attempt, status, headers, hideUsage, onDone }: RelayOptions,
): Promise<void> {
  const path = new AnswerPath(x, codec, attempt, status, hideUsage);
  if (x.options.body.view.stream) {
    const passed = path.chunks(decoded.chunks);
    const chunks = isPromise(passed) ? await passed : passed;
    if (x.over || x.aborted !== null) return;
    noteAnswer(x, path.answer(status));
    reply.beginStream(status, codec, headers);
    onDone();
    return reply.endStream(codec.encodeChunks(chunks) + codec.encodeEnd());
  }
  const passed = path.whole(body, decoded);
  const text = isPromise(passed) ? await passed : passed;
  // The exchange may have been broken off while a step was deciding.
  if (x.over || x.aborted !== null) return;
  noteAnswer(x, path.answer(status));
  onDone();
  // Large answers that nothing was changed in leave as the bytes they came as. Small ones leave as text: Node then sends
  // head and body in one piece, which is cheaper than copying a few hundred bytes is dear.
  const asBytes = bytes.length > largeBytes && text === body.text && text.length === bytes.length;
  return reply.send(status, asBytes ? bytes : text, headers);
}
