import type { Ledger, LedgerFilter } from '../../sdk/ledger.ts';

const dayMs = 86_400_000;

/** One day of LiteLLM's summarised `/spend/logs`; beside these keys, the spend of each key under its hash. */
export interface SpendDay {
  readonly startTime: string;
  readonly spend: number;
  readonly users: Readonly<Record<string, number>>;
  readonly models: Readonly<Record<string, number>>;
  readonly [key: string]: unknown;
}

/**
 * What `GET /spend/logs` with two dates and without `summarize=false` gives: every day of the window with its spend by key,
 * user and model (BerriAI/litellm, proxy/spend_tracking/spend_management_endpoints.py, `view_spend_logs`).
 */
export async function spendDays(
  ledger: Ledger,
  filter: LedgerFilter & { readonly sinceMs: number; readonly untilMs: number },
): Promise<SpendDay[]> {
  const days = new Map<string, Map<'keys' | 'users' | 'models', Map<string, number>>>();
  const totals = new Map<string, number>();
  for (let ms = filter.sinceMs; ms < filter.untilMs; ms += dayMs) {
    const day = new Date(ms).toISOString().slice(0, 10);
    totals.set(day, 0);
    days.set(
      day,
      new Map([
        ['keys', new Map()],
        ['users', new Map()],
        ['models', new Map()],
      ]),
    );
  }
  for (const { by, costNanoUsd } of await ledger.sum(['day', 'key', 'user', 'model'], filter)) {
    const [day, key, user, model] = by as [string, string, string, string];
    const parts = days.get(day);
    if (parts === undefined) continue;
    totals.set(day, totals.get(day)! + costNanoUsd);
    for (const [part, name] of [
      ['keys', key],
      ['users', user],
      ['models', model],
    ] as const) {
      const sums = parts.get(part)!;
      sums.set(name, (sums.get(name) ?? 0) + costNanoUsd);
    }
  }
  return [...days].map(([day, parts]) => ({
    ...dollars(parts.get('keys')!),
    startTime: day,
    spend: totals.get(day)! / 1e9,
    users: dollars(parts.get('users')!),
    models: dollars(parts.get('models')!),
  }));
}

function dollars(sums: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...sums].map(([name, nanoUsd]) => [name, nanoUsd / 1e9]));
}
