import type { Capacity } from '../../sdk/health.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { Secret } from '../../sdk/secret.ts';
import type { Strategy, Tier } from '../../sdk/target.ts';
import type { CaptureConfig } from '../telemetry/capture/capture-config.ts';
import type { EvalSchedule } from './evals.ts';

/** `gateway.yaml` as the program uses it: defaults applied, references resolved, units in the names. */
export interface GatewayConfig {
  /** Hash of the file's text, 12 hexadecimal digits; `default` where there is no file. */
  readonly version: string;
  readonly file: string | null;
  readonly server: ServerConfig;
  readonly auth: AuthConfig;
  readonly providers: readonly ProviderConfig[];
  readonly models: readonly ModelConfig[];
  readonly stores: StoresConfig;
  readonly embedder: JsonObject;
  /** Suites that run by themselves. */
  readonly evals: readonly EvalSchedule[];
  readonly telemetry: TelemetryConfig;
  /** The web app at `/playground/` and what it asks for. */
  readonly console: { readonly enabled: boolean };
}

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly bodyLimitBytes: number;
  readonly requestTimeoutMs: number;
  readonly drainTimeoutMs: number;
  /** How long it goes on as before, but for its readiness, when it is to stop. */
  readonly drainDelayMs: number;
  readonly load: LoadLimits;
  readonly tls: TlsConfig | null;
}

/** Paths of PEM files. */
export interface TlsConfig {
  readonly cert: string;
  readonly key: string;
  /** Clients are asked for a certificate of it; null where they are not asked. */
  readonly clientCa: string | null;
  /** False lets in clients without a certificate too; one of another authority is refused all the same. */
  readonly requireClientCert: boolean;
}

/** How much is taken in at once; what is more waits, and what is more than that is refused. */
export interface LoadLimits {
  /** Requests under way. */
  readonly maxConcurrent: number;
  /** Requests that wait, their bodies unread. */
  readonly maxQueue: number;
  readonly queueTimeoutMs: number;
  /** Share of the heap's limit, 0 to 1, above which fewer are taken in. */
  readonly shedAbove: number;
}

export interface AuthConfig {
  readonly masterKey: Secret | null;
  /** Status of `budget_exceeded`: 402, 429 or 400. */
  readonly budgetStatus: number;
}

export interface ProviderConfig {
  readonly name: string;
  readonly kind: string;
  /** Options of the kind, validated, its secrets as `Secret` (or a list of them). */
  readonly options: JsonObject;
  readonly region: string;
  /** Overrides the vendor that the kind derives from a model's name. */
  readonly vendor: string | null;
  readonly tier: Tier | null;
  /** What the provider costs beyond tokens, such as `gpu_usd_per_hour`, as written; absent where nothing was said. */
  readonly price?: JsonObject;
}

export interface ModelConfig {
  readonly alias: string;
  readonly strategy: Strategy;
  readonly targets: readonly {
    /** `provider/model`. */
    readonly target: string;
    readonly weight: number;
    readonly tier: Tier | null;
    /** What the target takes in a minute; absent where the file does not say. */
    readonly capacity?: Capacity;
  }[];
}

/** Each a word (`sqlite`, `memory`, `lancedb`) or an address (`postgres://…`, `redis://…`, `s3://…`). */
export interface StoresConfig {
  readonly ledger: string;
  readonly counters: string;
  readonly cache: string;
  readonly vectors: string;
  /** What happens while a shared store is out of reach: refuse, or count on this node alone and say so. */
  readonly whenDown: 'strict' | 'degraded';
  /** How long counters on Redis may take to answer before they count as out of reach. */
  readonly redisTimeoutMs: number;
  /** What a row of the SQLite ledger survives once it is acknowledged: the end of the process, or a power cut too. */
  readonly durability: 'process' | 'full';
}

export interface TelemetryConfig {
  /** Base address of an OpenTelemetry collector; `/v1/traces` is added to it. */
  readonly otlp: string | null;
  /** Sent with every export, such as `authorization`. */
  readonly otlpHeaders: Readonly<Record<string, Secret>>;
  /** Share of the requests whose spans are exported, 0 to 1. */
  readonly sample: number;
  readonly capture: CaptureConfig;
  readonly metrics: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}
