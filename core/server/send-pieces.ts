import { setImmediate as breathe } from 'node:timers/promises';
import type { Incoming } from './incoming.ts';

/** Characters that are put together before they are sent and other requests get their turn. */
const pieceChars = 32 * 1024;

/**
 * Sends a long answer in pieces, so that making it holds nobody else up, and no faster than the client reads.
 *
 * @param parts small texts, made as they are asked for.
 */
export async function sendPieces(
  { sink }: Incoming,
  contentType: string,
  parts: Iterable<string>,
): Promise<void> {
  if (!sink.open) return;
  sink.head(200, { 'content-type': contentType, 'cache-control': 'no-store' });
  let piece = '';
  let gone = (): void => undefined;
  sink.onGone(() => gone());
  for (const part of parts) {
    piece += part;
    if (piece.length < pieceChars) continue;
    if (!sink.open) return;
    if (sink.write(piece)) await breathe();
    else {
      await new Promise<void>((resolve) => {
        gone = resolve;
        sink.onDrain(resolve);
      });
    }
    piece = '';
  }
  if (sink.open) sink.end(piece);
}

/** The members of a JSON array, one by one, with what comes before and after it. */
export function* jsonArray(items: Iterable<unknown>, before = '', after = ''): Generator<string> {
  let separator = `${before}[`;
  for (const item of items) {
    yield `${separator}${JSON.stringify(item)}`;
    separator = ',\n';
  }
  yield `${separator === ',\n' ? '' : separator}]${after}`;
}
