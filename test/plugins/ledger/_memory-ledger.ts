import { GatewayError } from '../../../sdk/errors.ts';
import type {
  Ledger,
  LedgerDimension,
  LedgerFilter,
  LedgerRow,
  LedgerScope,
  LedgerSum,
} from '../../../sdk/ledger.ts';
import { naiveSpend, naiveSums } from '../../core/stores/ledger/_naive.ts';

/** A ledger in memory that can be out of order. */
export class MemoryLedger implements Ledger {
  readonly #rows = new Map<string, LedgerRow>();
  /** Days up to which single rows are forgotten; their sums stay. */
  readonly pruned: number[] = [];
  #forgottenBeforeMs = 0;
  down = false;
  /** Appends that were tried. */
  appends = 0;
  /** Called for each call of `rows`. */
  reads = 0;

  constructor(rows: readonly LedgerRow[] = []) {
    for (const row of rows) this.#rows.set(row.event_id, row);
  }

  get all(): readonly LedgerRow[] {
    return [...this.#rows.values()];
  }

  async append(rows: readonly LedgerRow[]): Promise<void> {
    this.appends += 1;
    if (this.down)
      throw new GatewayError('store_unavailable', 'Expected the ledger to take rows; it is down.');
    for (const row of rows) {
      if (row.usage.total_tokens < 0) throw new RangeError(`ledger row ${row.event_id}: negative tokens`);
    }
    for (const row of rows) if (!this.#rows.has(row.event_id)) this.#rows.set(row.event_id, row);
  }

  async sum(
    by: readonly LedgerDimension[],
    filter: LedgerFilter,
    limit = Number.POSITIVE_INFINITY,
  ): Promise<readonly LedgerSum[]> {
    return naiveSums(this.all, by, filter).slice(0, limit);
  }

  async spend(scopes: readonly LedgerScope[]): Promise<readonly LedgerSum[]> {
    return scopes.map((scope) => naiveSpend(this.all, scope));
  }

  async rows(filter: LedgerFilter, limit: number, offset = 0): Promise<readonly LedgerRow[]> {
    this.reads += 1;
    const { sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, tenantId, keyId, requestId } = filter;
    return this.all
      .filter((row) => {
        const ms = Date.parse(row.timestamp);
        return (
          ms >= Math.max(sinceMs, this.#forgottenBeforeMs) &&
          ms < untilMs &&
          (tenantId === undefined || row.tenant_id === tenantId) &&
          (keyId === undefined || row.key_id === keyId) &&
          (requestId === undefined || row.request_id === requestId)
        );
      })
      .sort((a, b) => (a.timestamp < b.timestamp ? 1 : a.timestamp > b.timestamp ? -1 : 0))
      .slice(offset, offset + limit);
  }

  async prune(beforeMs: number): Promise<number> {
    if (this.down)
      throw new GatewayError('store_unavailable', 'Expected the ledger to forget rows; it is down.');
    this.pruned.push(beforeMs);
    this.#forgottenBeforeMs = Math.floor(beforeMs / 86_400_000) * 86_400_000;
    return 7;
  }
}
