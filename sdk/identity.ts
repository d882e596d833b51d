import type { BudgetPeriod } from './policy-facts.ts';

/** What a key or a tenant may use. Null: no such limit. */
export interface IdentityLimits {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly outputTokensPerMinute: number | null;
  readonly concurrentRequests: number | null;
  /** Tokens a day, in and out, calendar days in UTC. */
  readonly tokensPerDay: number | null;
  readonly budget: IdentityBudget | null;
}

/** A budget in its running window. */
export interface IdentityBudget {
  /** Null for a budget that only warns. */
  readonly limitNanoUsd: number | null;
  /** Below the limit: where a warning is due; null for none. */
  readonly softNanoUsd: number | null;
  /** Names the window, such as `2026-11`; the same for every request in it. */
  readonly window: string;
  /** When the window began, milliseconds since the epoch. Absent: what the ledger says of it is not asked for. */
  readonly startsAtMs?: number;
  /** Milliseconds since the epoch; null for a budget without an end. */
  readonly resetsAtMs: number | null;
  /** The period by which policies ask for it: `budget('month')`; null where it is of no such length. */
  readonly per?: BudgetPeriod | null;
}

/** The tenant that a request is made for. */
export interface Tenant {
  readonly id: string;
  readonly plan: string;
  /** Where the tenant's data may be, such as `eu`; '' where it was not said. */
  readonly region: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What all of the tenant's keys together may use; absent where nothing is limited. */
  readonly limits?: IdentityLimits;
  /** Globs of the models that it may ask for; absent where it may ask for all. */
  readonly models?: readonly string[];
  /** False where nothing of the tenant may be kept in a cache or answered from one. */
  readonly cache?: boolean;
}

/** The virtual key that a request was made with. `id` never is the key itself. */
export interface ClientKey {
  readonly id: string;
  readonly name: string;
  /** Globs of the models that it may ask for; empty where it may ask for all. */
  readonly scopes: readonly string[];
  /** What the key may use; absent where nothing is limited. */
  readonly limits?: IdentityLimits;
}

/** Who makes a request. A plugin such as `keys` fills it in; until then it is anonymous. */
export interface Identity {
  readonly tenant: Tenant;
  readonly key: ClientKey;
  /** Hash of the end user's id; null where none was sent. */
  readonly user: string | null;
  readonly feature: string | null;
}

/** The identity of a request that no plugin has identified. */
export const anonymous: Identity = Object.freeze({
  tenant: Object.freeze({ id: 'default', plan: '', region: '', labels: Object.freeze({}) }),
  key: Object.freeze({ id: 'none', name: '', scopes: Object.freeze([]) as readonly string[] }),
  user: null,
  feature: null,
});
