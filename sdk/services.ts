import type { CacheStore } from './cache-store.ts';
import type { Completions } from './completions.ts';
import type { Counters } from './counters.ts';
import type { EmbedderSource } from './embedder.ts';
import type { Health } from './health.ts';
import type { KeyStore } from './keys.ts';
import type { Ledger } from './ledger.ts';
import type { Prices } from './prices.ts';
import type { PromptStore } from './prompts.ts';
import type { Strategy, Target, Tier } from './target.ts';
import type { Transport } from './transport.ts';
import type { Vectors } from './vectors.ts';

/** Cancels what it was returned for. Calling it again does nothing. */
export type Cancel = () => void;

/** Time. The only source of it: `Date.now()` and timers of your own cannot be replaced in a test. */
export interface Clock {
  /** Milliseconds since the epoch. May jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds that only grow, with fractions; for durations. */
  monotonic(): number;
  /** Calls `run` once after `delayMs`. Does not keep the process alive. */
  after(delayMs: number, run: () => void): Cancel;
}

/** Randomness, a number in [0, 1). */
export interface Random {
  next(): number;
}

/** Identifiers. */
export interface Ids {
  /** `req_` and 24 characters, unguessable. */
  request(): string;
  /** 32 hexadecimal digits, as in `traceparent`. */
  trace(): string;
  /** 16 hexadecimal digits. */
  span(): string;
}

/** Structured log. Fields first; a `Secret` prints as `[secret]`. Never log prompts or answers. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

/** Token counting. */
export interface Tokens {
  /** A cheap estimate from the length, in tokens. */
  estimate(characters: number): number;
}

/** The configured models. */
export interface Models {
  /** Names of all aliases. */
  readonly aliases: readonly string[];
  /** Targets of an alias or of a `provider/model` name; undefined where it names nothing. */
  resolve(name: string): readonly Target[] | undefined;
  /** How an alias chooses among its targets; `ordered` for names that are no alias. */
  strategy(name: string): Strategy;
  /** Tier of an alias: that of its first target. */
  tier(name: string): Tier;
  /** The configured name nearest to a mistyped one. */
  nearest(name: string): string | undefined;
}

/** Everything a plugin can ask for. It gets what its `needs` lists and nothing else. */
export interface Services {
  /** Counters of limits and budgets, shared by all gateways of a fleet. */
  readonly counters: Counters;
  readonly ledger: Ledger;
  readonly keys: KeyStore;
  readonly prices: Prices;
  /** Prompts by name and version: beside the ledger and the keys. */
  readonly prompts: PromptStore;
  /** Values by key: `stores.cache` of the configuration. */
  readonly cache: CacheStore;
  /** Vectors by namespace: `stores.vectors` of the configuration. */
  readonly vectors: Vectors;
  /** Texts as vectors: `embedder` of the configuration. */
  readonly embedder: EmbedderSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Log;
  readonly tokens: Tokens;
  readonly health: Health;
  readonly models: Models;
  /** Questions of a plugin's own to a model, at the cost of the request that they are asked for. */
  readonly completions: Completions;
  /**
   * Calls over HTTP, for what a plugin tells others: no redirects are followed, every call has its limits. Keep it off the way of
   * requests, and addresses that hold secrets out of the log.
   */
  readonly http: Transport;
}

export type ServiceName = keyof Services;
