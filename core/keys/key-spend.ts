import { budgetCounterKey } from '../../sdk/budget/counter-key.ts';
import { dayMs } from '../../sdk/budget/time-span.ts';
import { budgetWindow } from '../../sdk/budget/window.ts';
import type { Counters, Hold } from '../../sdk/counters.ts';
import type { KeyRecord } from '../../sdk/keys.ts';
import type { Ledger, LedgerScope } from '../../sdk/ledger.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';

/** What a key has spent, and what requests under way hold of its budget. */
export interface KeySpend {
  /** In the running window of its budget. */
  readonly spentNanoUsd: number;
  /** Ever. */
  readonly totalNanoUsd: number;
  /** Tokens since midnight, UTC. */
  readonly tokensToday: number;
  /** Null where the counters are out of reach. */
  readonly heldNanoUsd: number | null;
  readonly holds: readonly Hold[] | null;
}

export interface KeySpendDeps {
  readonly ledger: () => Pick<Ledger, 'spend'>;
  readonly counters: () => Pick<Counters, 'holds'>;
  /** By which windows of budgets go. */
  readonly windowTime: { now(): number };
}

/**
 * Tells what keys have spent. Sums are the ledger's, which knows them also of keys that have no budget, and right after a
 * start; holds are the counters'.
 *
 * @returns rejects with GatewayError 503 `store_unavailable` where the ledger cannot be read.
 */
export function keySpend({
  ledger,
  counters,
  windowTime,
}: KeySpendDeps): (record: KeyRecord) => Promise<KeySpend> {
  return async (record) => {
    const { id } = record;
    const nowMs = windowTime.now();
    const { startMs, resetsAtMs } = budgetWindow(record, nowMs);
    const window: LedgerScope = {
      keyId: id,
      sinceMs: startMs,
      ...(resetsAtMs === null ? undefined : { untilMs: resetsAtMs }),
    };
    const today = { keyId: id, sinceMs: Math.floor(nowMs / dayMs) * dayMs };
    const [inWindow, ever, inDay] = await ledger().spend([window, { keyId: id }, today]);
    const holds = await holdsOf(() => counters().holds(budgetCounterKey('key', id, String(startMs))));
    return {
      spentNanoUsd: inWindow!.costNanoUsd,
      totalNanoUsd: ever!.costNanoUsd,
      tokensToday: inDay!.inputTokens + inDay!.outputTokens,
      heldNanoUsd: holds?.reduce((sum, { amount }) => sum + amount, 0) ?? null,
      holds,
    };
  };
}

/** Counters that are out of reach must not keep anybody from seeing the rest. */
async function holdsOf(read: () => MaybePromise<readonly Hold[]>): Promise<readonly Hold[] | null> {
  try {
    return await read();
  } catch {
    return null;
  }
}
