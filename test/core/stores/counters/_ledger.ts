import type { RestoreSource } from '../../../../core/stores/counters/restorer.ts';
import type { LedgerSpend, Reservation } from '../../../../sdk/counters.ts';
import type { LedgerScope, LedgerSum } from '../../../../sdk/ledger.ts';
import type { Clock, Log } from '../../../../sdk/services.ts';

/** A ledger that knows what keys spent, and may be slow or down. */
export class SpendingLedger {
  readonly asked: LedgerScope[][] = [];
  readonly spent = new Map<string, number>();
  down = false;
  /** Answers wait for it where it is set. */
  gate: Promise<void> | null = null;

  source(clock: Clock, log: Log): RestoreSource {
    return { clock, log, spend: (scopes) => this.spend(scopes) };
  }

  async spend(scopes: readonly LedgerScope[]): Promise<LedgerSum[]> {
    this.asked.push([...scopes]);
    const sums = scopes.map(({ keyId }) => sumOf(this.spent.get(keyId ?? '') ?? 0));
    await this.gate;
    if (this.down) throw new Error('the ledger is down');
    return sums;
  }
}

function sumOf(costNanoUsd: number): LedgerSum {
  return {
    by: [],
    rows: 7,
    requests: 5,
    errors: 2,
    inputTokens: 30,
    outputTokens: 4,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    costNanoUsd,
    savedNanoUsd: 0,
  };
}

/** A budget that the ledger knows of: of key `key`, in a window from `sinceMs`. */
export function known(
  key: string,
  limit: number,
  amount: number,
  sinceMs = 0,
  more: Partial<LedgerSpend> = {},
): Reservation {
  const ledger = { quantity: 'usd', scope: { keyId: key, sinceMs }, countedSinceMs: null, ...more } as const;
  return { kind: 'budget', key, limit, amount, resetsAtMs: null, ledger };
}
