import type { Clock, Ledger, LedgerSum, Log } from '../../sdk/index.ts';

const dayMs = 86_400_000;
/** The ledger is asked this often: sums of a week are no work for every look. */
const everyMs = 300_000;
const maxTenants = 500;

/** A tenant's last 24 hours beside its usual ones. */
export interface Spending {
  readonly tenant: string;
  /** Nano-dollars. */
  readonly today: number;
  /** Average of the 7 days before, nano-dollars a day. */
  readonly usual: number;
}

/** What tenants spend, from the ledger: it knows the days before this process began. */
export class Spend {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #log: Log;
  #known: readonly Spending[] = [];
  #askedMs: number | null = null;

  constructor(ledger: Ledger, clock: Clock, log: Log) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#log = log;
  }

  /** Tenants with a history of at least one of the 7 days before; what was known before where the ledger does not answer. */
  async read(): Promise<readonly Spending[]> {
    const nowMs = this.#clock.monotonic();
    if (this.#askedMs !== null && nowMs - this.#askedMs < everyMs) return this.#known;
    this.#askedMs = nowMs;
    try {
      this.#known = await this.#ask();
    } catch (error) {
      this.#log.warn({ error: String(error) }, 'alerts: the ledger did not say what tenants spend');
    }
    return this.#known;
  }

  async #ask(): Promise<readonly Spending[]> {
    const untilMs = this.#clock.now();
    const sinceMs = untilMs - dayMs;
    const week = { sinceMs: sinceMs - 7 * dayMs, untilMs: sinceMs };
    const before = await this.#ledger.sum(['tenant'], week, maxTenants);
    const sums = await this.#ledger.sum(['tenant'], { sinceMs, untilMs }, 2 * maxTenants);
    const today = new Map(sums.map((sum) => [tenantOf(sum), sum.costNanoUsd]));
    return before
      .filter(({ costNanoUsd }) => costNanoUsd > 0)
      .map((sum) => ({
        tenant: tenantOf(sum),
        today: today.get(tenantOf(sum)) ?? 0,
        usual: sum.costNanoUsd / 7,
      }));
  }
}

function tenantOf({ by }: LedgerSum): string {
  return by[0] ?? '';
}
