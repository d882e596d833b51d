import type { Clock } from '../../sdk/index.ts';

/** The result of work that is given up after `ms`; its signal tells it so. */
export async function within<T>(
  clock: Clock,
  ms: number,
  outer: AbortSignal | null,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const patience = new AbortController();
  const late = new Error(`nothing came within ${ms} ms`);
  const { promise, reject } = Promise.withResolvers<never>();
  const give = (reason: Error) => {
    patience.abort(reason);
    reject(reason);
  };
  const left = () => give(new Error('the request is over'));
  const cancel = clock.after(ms, () => give(late));
  outer?.addEventListener('abort', left, { once: true });
  try {
    return await Promise.race([run(patience.signal), promise]);
  } finally {
    cancel();
    outer?.removeEventListener('abort', left);
  }
}
