import type { Cancel, Clock, Log } from '../../sdk/index.ts';
import type { Ledger } from '../../sdk/ledger.ts';

const firstMs = 60_000;
const hourMs = 3_600_000;

/**
 * Forgets old rows: a minute after the start and then once an hour. The store does it in small batches between which
 * requests write; daily sums stay.
 *
 * @returns ends it.
 */
export function keepRetention(ledger: Ledger, retentionMs: number, clock: Clock, log: Log): Cancel {
  let cancel: Cancel;
  let ended = false;
  const schedule = (delayMs: number) => {
    cancel = clock.after(delayMs, () => {
      void prune().finally(() => {
        if (!ended) schedule(hourMs);
      });
    });
  };
  async function prune(): Promise<void> {
    const beforeMs = clock.now() - retentionMs;
    // A clock that stands before the retention time has nothing to forget.
    if (beforeMs <= 0) return;
    try {
      const rows = await ledger.prune(beforeMs);
      if (rows > 0) log.info({ rows, before: new Date(beforeMs).toISOString() }, 'forgot old ledger rows');
    } catch (error) {
      log.warn(
        { error: error instanceof Error ? error.message : String(error) },
        'old ledger rows could not be forgotten; the next try is in an hour',
      );
    }
  }
  schedule(firstMs);
  return () => {
    ended = true;
    cancel();
  };
}
