import type { Ledger } from '../../../sdk/ledger.ts';
import type { Clock } from '../../../sdk/services.ts';
import { costReport } from '../../reports/cost-report.ts';

const dayMs = 86_400_000;
/** How long sums are believed: a tab asks every few seconds, and there may be many. */
const todayMs = 5_000;
const weekMs = 300_000;
const maxTenants = 1000;

/** What tenants spent, as `/cost/report?by=tenant` has it. Days are UTC. */
export interface Spending {
  /** Since midnight; the dearest first. */
  readonly today: readonly { readonly tenant: string; readonly costNanoUsd: number }[];
  /** The seven whole days before, by tenant, a day's average. */
  readonly averages: ReadonlyMap<string, number>;
}

/** Reads the ledger for the overview, seldom. */
export class SpendReader {
  readonly #ledger: () => Ledger;
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly #today: Kept<Spending['today']>;
  readonly #averages: Kept<Spending['averages']>;
  readonly #windows = new Map<number, Kept<number>>();

  constructor(ledger: () => Ledger, clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#today = new Kept(clock, todayMs);
    this.#averages = new Kept(clock, weekMs);
  }

  /** @throws GatewayError 503 `store_unavailable`; Error where there is no place for a ledger. */
  async read(): Promise<Spending> {
    const startMs = Math.floor(this.#clock.now() / dayMs) * dayMs;
    const [today, averages] = await Promise.all([
      this.#today.get(startMs, () => this.#tenants(startMs, this.#clock.now() + 1)),
      this.#averages.get(startMs, async () => {
        const week = await this.#tenants(startMs - 7 * dayMs, startMs);
        return new Map(week.map(({ tenant, costNanoUsd }) => [tenant, Math.round(costNanoUsd / 7)]));
      }),
    ]);
    return { today, averages };
  }

  /** What all together spent in the last milliseconds. */
  async total(windowMs: number): Promise<number> {
    let kept = this.#windows.get(windowMs);
    if (kept === undefined) {
      kept = new Kept(this.#clock, todayMs);
      this.#windows.set(windowMs, kept);
    }
    return await kept.get(0, async () => {
      const nowMs = this.#clock.now();
      const query = { by: [], sinceMs: nowMs - windowMs, untilMs: nowMs + 1, limit: 1 };
      return (await costReport(this.#ledger(), query)).total.costNanoUsd;
    });
  }

  async #tenants(sinceMs: number, untilMs: number): Promise<Spending['today']> {
    const { groups } = await costReport(this.#ledger(), {
      by: ['tenant'],
      sinceMs,
      untilMs,
      limit: maxTenants,
    });
    return groups.map(({ by, costNanoUsd }) => ({ tenant: by[0] ?? '', costNanoUsd }));
  }
}

/** A value that is made again after some time, once for all who ask meanwhile. */
export class Kept<Value> {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #forMs: number;
  #of: { readonly key: number; readonly madeMs: number; readonly value: Promise<Value> } | null = null;

  constructor(clock: Pick<Clock, 'monotonic'>, forMs: number) {
    this.#clock = clock;
    this.#forMs = forMs;
  }

  /** @param key another key makes it again at once. */
  get(key: number, make: () => Promise<Value>): Promise<Value> {
    const nowMs = this.#clock.monotonic();
    const kept = this.#of;
    if (kept !== null && kept.key === key && nowMs - kept.madeMs < this.#forMs) return kept.value;
    const value = make();
    const mine = { key, madeMs: nowMs, value };
    this.#of = mine;
    // A failure is told to those who wait, and not kept.
    value.catch(() => {
      if (this.#of === mine) this.#of = null;
    });
    return value;
  }
}
