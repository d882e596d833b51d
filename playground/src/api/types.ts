/** What the gateway answers, as its reference pages describe it. Times are ISO 8601, money is whole nano-dollars. */

export interface Bucket {
  readonly at: string;
  readonly requests: number;
  readonly errors: number;
  readonly denied: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly cost_nano_usd: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
}

/** A process of the gateway, with `--workers`. */
export interface WorkerState {
  readonly worker: number;
  readonly pid: number | null;
  readonly state: 'serving' | 'draining' | 'starting' | 'silent';
  readonly since: string | null;
  readonly replaced: boolean;
}

/** Null where the gateway is one process; empty where nobody knows. */
export type Workers = readonly WorkerState[] | null;

export interface Breaker {
  readonly id: string;
  /** The worst of all workers. */
  readonly state: string;
  /** In how many workers it is not closed, of those that know it. */
  readonly not_closed?: number;
  readonly known_by?: number;
  readonly retry_at?: string | null;
  readonly last_failure?: string | null;
}

/** `GET /playground/api/overview` */
export interface Overview {
  readonly now: string;
  readonly window_s: number;
  readonly buckets: readonly Bucket[];
  readonly totals: {
    readonly requests: number;
    readonly errors: number;
    readonly p95_ms: number | null;
    readonly rate_limited_ratio: number | null;
    readonly cache_hit_ratio: number | null;
    /** The most of the cache's answers that may be wrong; null where nobody measured. */
    readonly cache_wrong_bound: number | null;
    readonly fallback_ratio: number | null;
    readonly cost_nano_usd: number;
  };
  readonly spend_today: readonly {
    readonly tenant: string;
    readonly cost_nano_usd: number;
    readonly average_7d_nano_usd: number | null;
  }[];
  readonly errors_by_provider: readonly {
    readonly provider: string;
    readonly attempts: number;
    readonly errors: number;
  }[];
  readonly breakers: readonly Breaker[];
  readonly in_flight: number;
  readonly workers?: Workers;
}

/** One request of `GET /playground/api/traffic`. */
export interface Summary {
  readonly request_id: string;
  readonly at: string;
  readonly api: string;
  readonly stream: boolean;
  readonly alias: string;
  readonly model: string | null;
  readonly provider: string | null;
  readonly tenant: string;
  readonly key: string;
  readonly feature: string | null;
  readonly status: number;
  readonly outcome: string;
  readonly error_code: string | null;
  readonly cache: string | null;
  readonly fallback: string | null;
  readonly attempts: number;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cost_nano_usd: number | null;
  readonly duration_ms: number;
  readonly overhead_ms: number | null;
  readonly denied_by: string | null;
  /** It was sent past a draft. */
  readonly draft?: boolean;
}

export interface TrafficPage {
  readonly rows: readonly Summary[];
  /** To give as `before`; null at the end. */
  readonly next: string | null;
  readonly workers?: Workers;
}

export interface Target {
  readonly id: string;
  readonly state: string;
  readonly latency_ms: number | null;
  readonly in_flight: number;
  readonly breaker: string | null;
  readonly retry_at: string | null;
}

export interface Provider {
  readonly name: string;
  readonly kind: string;
  /** How many keys are in its pool. */
  readonly keys: number;
  /** Those of the pool that were used, by number: `claude#1`. */
  readonly key_states?: readonly Target[];
  readonly state: string;
  readonly latency_ms: number | null;
  readonly attempts: number;
  readonly errors: number;
  readonly targets: readonly Target[];
}

export interface Problem {
  readonly file: string;
  readonly line?: number | null;
  readonly column?: number | null;
  readonly severity?: string;
  readonly message: string;
}

/** A row of `sluice check`. */
export interface ProgramRow {
  readonly order: number;
  readonly file: string;
  readonly name: string;
  readonly kind: string;
  readonly mode: string;
  readonly hooks: readonly string[];
  readonly on_failure: string;
  readonly stream: string;
  readonly summary: string;
}

export interface PolicyVersion {
  readonly version: string;
  readonly activated_at: string;
  readonly active: boolean;
  readonly files: number;
}

/** `GET /playground/api/policies` */
export interface Policies {
  readonly version: string;
  readonly read_only: boolean;
  readonly problems: readonly Problem[];
  readonly table: readonly ProgramRow[];
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly case_files: readonly { readonly name: string; readonly text: string }[];
  readonly versions: readonly PolicyVersion[];
  readonly workers?: readonly (WorkerState & { readonly version: string | null })[] | null;
}

/** A virtual key; amounts are dollars, as `/key/*` has them. */
export interface KeyInfo {
  readonly key_name: string;
  readonly key_alias: string | null;
  readonly token: string;
  readonly key_id: string;
  readonly status: 'active' | 'blocked' | 'expired' | 'replaced';
  readonly blocked: boolean;
  readonly expires: string | null;
  readonly models: readonly string[];
  readonly max_budget: number | null;
  readonly soft_budget: number | null;
  readonly budget_duration: string | null;
  readonly budget_reset_at: string | null;
  readonly tpm_limit: number | null;
  readonly rpm_limit: number | null;
  readonly max_parallel_requests: number | null;
  readonly daily_token_cap: number | null;
  readonly tenant_id: string | null;
  readonly created_at: string;
  readonly spend?: number;
  readonly total_spend?: number;
  readonly tokens_today?: number;
  /** Null where the counters are out of reach. */
  readonly held?: number | null;
  readonly holds?:
    | readonly {
        readonly request_id: string;
        readonly owner: string;
        readonly usd: number;
        readonly expires_at: string;
      }[]
    | null;
}

export interface KeyPage {
  readonly keys: readonly KeyInfo[];
  readonly total_count: number;
  readonly current_page: number;
  readonly total_pages: number;
}

/** The answer that has the key itself, the only time. */
export interface NewKey extends KeyInfo {
  readonly key: string;
}

export interface CostSums {
  readonly requests: number;
  readonly errors: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cost_nano_usd: number;
  readonly saved_nano_usd: number;
}

export type CostGroup = CostSums & Readonly<Record<string, string | number>>;

/** `GET /cost/report` */
export interface CostReport {
  readonly by: readonly string[];
  readonly since: string | null;
  readonly until: string | null;
  readonly total: CostSums;
  /** There are more groups than were asked for. */
  readonly more: boolean;
  readonly groups: readonly CostGroup[];
}
