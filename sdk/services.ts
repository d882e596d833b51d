import type { Counters } from './counters.ts';
import type { KeyStore } from './keys.ts';
import type { Ledger } from './ledger.ts';
import type { Prices } from './prices.ts';
import type { FailureKind, Target, Tier } from './target.ts';

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

/** What the core learned of each target from real attempts. */
export interface Health {
  succeeded(targetId: string, durationMs: number): void;
  failed(targetId: string, kind: FailureKind): void;
  /** Counts since start. */
  of(targetId: string): { readonly successes: number; readonly failures: number };
  /** A first try went to the target: its retry budget grows by `ratio` of one retry. */
  earnRetry(targetId: string, ratio: number): void;
  /** Takes one retry from the target's budget; false when there is none left. */
  allowRetry(targetId: string): boolean;
}

/** The configured models. */
export interface Models {
  /** Names of all aliases. */
  readonly aliases: readonly string[];
  /** Targets of an alias or of a `provider/model` name; undefined where it names nothing. */
  resolve(name: string): readonly Target[] | undefined;
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
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Log;
  readonly tokens: Tokens;
  readonly health: Health;
  readonly models: Models;
}

export type ServiceName = keyof Services;
