import type { Target } from './target.ts';
import type { Usage } from './usage.ts';

/**
 * Prices of the token classes in nano-dollars for a million tokens, so that $0.075 is the whole number 75,000,000.
 * Null: there is no such class, its tokens count as the class that stands behind "or".
 */
export interface ClassPrices {
  readonly input: number;
  readonly output: number;
  /** Or `input`. */
  readonly cacheRead: number | null;
  /** Or `input`. */
  readonly cacheWrite5m: number | null;
  /** Or `cacheWrite5m`. */
  readonly cacheWrite1h: number | null;
  /** Or `output`. */
  readonly reasoning: number | null;
}

/** Prices of a whole request whose input, cached tokens included, is longer than so many tokens. */
export interface LongContextPrice {
  readonly aboveInputTokens: number;
  readonly price: ClassPrices;
}

/** Prices by length of the input. The last of `longContext` that applies counts; they are sorted by length. */
export interface LengthPrices extends ClassPrices {
  readonly longContext: readonly LongContextPrice[];
}

/** What one model costs at one provider. */
export interface ModelPrice extends LengthPrices {
  /** Other prices by service tier (`flex`, `priority`, `batch`, …), as answers name it; all other names cost the usual. */
  readonly tiers: Readonly<Record<string, LengthPrices>>;
  /** Nano-dollars for an hour of the provider's work, on top of the tokens; null where time costs nothing. */
  readonly hour: number | null;
}

/** The cost of one answer in whole nano-dollars, rounded up once per class. Time is counted as output. */
export interface Cost {
  readonly inputNanoUsd: number;
  readonly outputNanoUsd: number;
  readonly totalNanoUsd: number;
  /** Version of the table that it was computed with. */
  readonly priceTableVersion: string;
}

/** What is known of a request before it is sent, so that no more is held than it can cost. */
export interface RequestTerms {
  /** The tier that it asks for. A provider may serve it at the usual tier instead, never at a dearer one. */
  readonly serviceTier?: string;
  /**
   * False: nothing in the request asks for a cache write. Where a provider writes unasked it counts all the same.
   *
   * @default true
   */
  readonly cacheWrites?: boolean;
  /** The longest that the provider may work on it; without it there is no bound for models paid by time. */
  readonly durationMs?: number;
}

/** Prices of models. */
export interface Prices {
  /** Date and content hash of the table, overrides included: `2026-11-01-3f9c2a`. */
  readonly version: string;
  /** Price of a target's model; null where nobody knows it. */
  of(target: Target): ModelPrice | null;
  /**
   * What usage costs. Each token counts once; never negative, `Number.MAX_SAFE_INTEGER` at most. Null where there is no
   * price: that is not the same as free, and is shown as such.
   *
   * @param serviceTier that the answer names; the one that was asked for is not always the one that is billed.
   * @param durationMs of the provider's work; null comes back without it for models that are paid by time.
   */
  cost(target: Target, usage: Usage, serviceTier?: string, durationMs?: number): Cost | null;
  /**
   * The most that a request can cost: all its input at the dearest class, its output limit used up. No usage within
   * these limits and terms costs more. Null where there is no price, or no bound.
   */
  most(target: Target, inputTokens: number, maxOutputTokens: number, terms?: RequestTerms): Cost | null;
  /**
   * Prices with some replaced; keys are `provider/model`, `model`, or globs (`*`) of either, and the most exact one wins.
   * What an override does not name stays as it was. A model that had no price gets one where input and output (or the
   * hour) are named.
   */
  with(overrides: Readonly<Record<string, Partial<ModelPrice>>>): Prices;
}
