import type { Respond } from '../../sdk/decision.ts';
import { AnswerPath } from '../response/path.ts';
import type { Reply } from '../response/reply.ts';
import { noteAnswer } from './answer.ts';
import { answerMeta } from './call.ts';
import type { Exchange } from './exchange.ts';

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
