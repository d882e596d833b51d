import type { ClassPrices, Cost, LengthPrices, ModelPrice, RequestTerms } from '../../sdk/prices.ts';
import type { Usage } from '../../sdk/usage.ts';
import { amount, sum, wholeCount } from './amount.ts';

/** A cost without the version of the table. */
export type Amounts = Omit<Cost, 'priceTableVersion'>;

const perMillion = 1_000_000;
const msPerHour = 3_600_000;

/**
 * What usage costs, each class rounded up. Counts that are none (negative, NaN) are 0, and reasoning is never more than
 * the output that it is part of. Null where the model is paid by time and nobody says how long it took.
 */
export function costOf(
  price: ModelPrice,
  usage: Usage,
  serviceTier?: string,
  durationMs?: number,
): Amounts | null {
  const time = timeCost(price, durationMs);
  if (time === null) return null;
  const input = wholeCount(usage.inputTokens);
  const read = wholeCount(usage.cacheReadTokens);
  const write5m = wholeCount(usage.cacheWrite5mTokens);
  const write1h = wholeCount(usage.cacheWrite1hTokens);
  const output = wholeCount(usage.outputTokens);

  const classes = classesAt(tierOf(price, serviceTier), input + read + write5m + write1h);
  const perWrite5m = classes.cacheWrite5m ?? classes.input;
  let inputNanoUsd = amount(input, classes.input, perMillion);
  if (read > 0)
    inputNanoUsd = sum(inputNanoUsd, amount(read, classes.cacheRead ?? classes.input, perMillion));
  if (write5m > 0) inputNanoUsd = sum(inputNanoUsd, amount(write5m, perWrite5m, perMillion));
  if (write1h > 0) {
    inputNanoUsd = sum(inputNanoUsd, amount(write1h, classes.cacheWrite1h ?? perWrite5m, perMillion));
  }

  const perReasoning = classes.reasoning ?? classes.output;
  // Tokens of one price are one class: cutting them in two would round twice.
  const reasoning = perReasoning === classes.output ? 0 : Math.min(output, wholeCount(usage.reasoningTokens));
  let outputNanoUsd = amount(output - reasoning, classes.output, perMillion);
  if (reasoning > 0) outputNanoUsd = sum(outputNanoUsd, amount(reasoning, perReasoning, perMillion));
  outputNanoUsd = sum(outputNanoUsd, time);
  return { inputNanoUsd, outputNanoUsd, totalNanoUsd: sum(inputNanoUsd, outputNanoUsd) };
}

/**
 * The most that a request can cost. A request that asks for a tier may be served at the usual one, and a shorter input
 * than the limit may cost more (where a longer one is cheaper): all that can happen is looked at, the dearest counts.
 *
 * @param writes false where no token of the input can become a cache write.
 */
export function mostOf(
  price: ModelPrice,
  inputTokens: number,
  maxOutputTokens: number,
  terms: RequestTerms,
  writes: boolean,
): Amounts | null {
  const time = timeCost(price, terms.durationMs);
  if (time === null) return null;
  const input = wholeCount(inputTokens);
  const output = wholeCount(maxOutputTokens);
  let inputNanoUsd = 0;
  let outputNanoUsd = 0;
  const consider = (classes: ClassPrices) => {
    inputNanoUsd = Math.max(inputNanoUsd, bound(input, inputPrices(classes, writes)));
    outputNanoUsd = Math.max(outputNanoUsd, bound(output, outputPrices(classes)));
  };
  const asked = tierOf(price, terms.serviceTier);
  for (const tier of asked === price ? [price] : [price, asked]) {
    consider(tier);
    for (const { aboveInputTokens, price: long } of tier.longContext) {
      if (input > aboveInputTokens) consider(long);
    }
  }
  outputNanoUsd = sum(outputNanoUsd, time);
  return { inputNanoUsd, outputNanoUsd, totalNanoUsd: sum(inputNanoUsd, outputNanoUsd) };
}

/** The price of each input class; classes without their own are rounded apart all the same. */
function inputPrices(classes: ClassPrices, writes: boolean): readonly number[] {
  const { input } = classes;
  const read = classes.cacheRead ?? input;
  const write5m = classes.cacheWrite5m ?? input;
  return writes ? [input, read, write5m, classes.cacheWrite1h ?? write5m] : [input, read];
}

/** The price of each output class. */
function outputPrices({ output, reasoning }: ClassPrices): readonly number[] {
  return reasoning === null || reasoning === output ? [output] : [output, reasoning];
}

/** The most that so many tokens can cost, whichever class each of them falls in, with each class rounded up. */
function bound(tokens: number, prices: readonly number[]): number {
  const fractional = prices.filter((price) => price % perMillion !== 0).length;
  // Each class with a fraction adds less than one when it is rounded; one of them is in the rounding of the whole.
  const roundings = Math.max(0, Math.min(fractional, tokens) - 1);
  return sum(amount(tokens, Math.max(...prices), perMillion), roundings);
}

function tierOf(price: ModelPrice, serviceTier: string | undefined): LengthPrices {
  if (serviceTier === undefined || !Object.hasOwn(price.tiers, serviceTier)) return price;
  return price.tiers[serviceTier]!;
}

function classesAt(prices: LengthPrices, totalInput: number): ClassPrices {
  let classes: ClassPrices = prices;
  for (const { aboveInputTokens, price } of prices.longContext) {
    if (totalInput > aboveInputTokens) classes = price;
  }
  return classes;
}

function timeCost({ hour }: ModelPrice, durationMs: number | undefined): number | null {
  if (hour === null) return 0;
  return durationMs === undefined ? null : amount(wholeCount(durationMs), hour, msPerHour);
}
