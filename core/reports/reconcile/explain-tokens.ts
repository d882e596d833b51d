import type { ByClass, Cell } from './cell.ts';
import { type Effect, effect } from './drift.ts';
import { type TokenClass, tokenClasses } from './format.ts';

/** Nano-dollars, or tokens, that one token counts; undefined where the invoice has no such tokens of the model. */
export type UnitPrices = Readonly<Partial<Record<TokenClass, number>>>;

/** Every token counts as one: invoices without prices. */
export const tokensThemselves: UnitPrices = { input: 1, cache_read: 1, cache_write: 1, output: 1 };

const inputSide: readonly TokenClass[] = ['input', 'cache_read', 'cache_write'];
/** Costs of rows are rounded up once per class. */
const classesPerRow = tokenClasses.length;

/** What the ledger's tokens cost at the invoice's prices, against what the ledger says: the effect of prices alone. */
export function priceEffects({ ledger }: Cell, prices: UnitPrices): Effect[] {
  const costNanoUsd = ledger.inputNanoUsd + ledger.outputNanoUsd;
  const repriced = tokenClasses.reduce((sum, name) => sum + ledger.tokens[name] * (prices[name] ?? 0), 0);
  const amount = repriced - costNanoUsd;
  const rounded = (ledger.rows + 1) * classesPerRow + repriced * 1e-9;
  return effect(Math.abs(amount) <= rounded ? 'rounding' : 'price_version', amount);
}

/**
 * Prices of all classes that the cell needs: its own, else the model's, else what the ledger's own cost leaves for the
 * tokens that the invoice has no line of.
 */
export function pricesFor({ invoice, ledger }: Cell, ofModel: UnitPrices): UnitPrices {
  const prices: Partial<Record<TokenClass, number>> = {};
  for (const name of tokenClasses) {
    const own = invoice.tokens[name] > 0 ? invoice.costNanoUsd[name] / invoice.tokens[name] : undefined;
    const price = own ?? ofModel[name];
    if (price !== undefined) prices[name] = price;
  }
  const unknown = tokenClasses.filter((name) => prices[name] === undefined && ledger.tokens[name] > 0);
  if (unknown.length === 0) return prices;
  const known = tokenClasses.reduce((sum, name) => sum + ledger.tokens[name] * (prices[name] ?? 0), 0);
  const left = Math.max(0, ledger.inputNanoUsd + ledger.outputNanoUsd - known);
  const tokens = unknown.reduce((sum, name) => sum + ledger.tokens[name], 0);
  for (const name of unknown) prices[name] = left / tokens;
  return prices;
}

/** Explains the tokens that one side has and the other has not. */
export function tokenEffects(cell: Cell, prices: UnitPrices): Effect[] {
  const rest = {} as ByClass;
  for (const name of tokenClasses) rest[name] = cell.invoice.tokens[name] - cell.ledger.tokens[name];
  const effects = [...moveCached(rest, prices)];
  for (const name of tokenClasses) {
    const price = prices[name] ?? 0;
    if (rest[name] > 0) effects.push(...missing(cell, name, rest[name], price));
    else if (rest[name] < 0) effects.push(...tooMany(cell, name, -rest[name], price));
  }
  return effects;
}

/** Input that is cached on one side and not on the other: what is too much in one class is missing in another. */
function moveCached(rest: ByClass, prices: UnitPrices): Effect[] {
  const total = (sign: 1 | -1) => inputSide.reduce((sum, name) => sum + Math.max(0, sign * rest[name]), 0);
  const more = total(1);
  const less = total(-1);
  const moved = Math.min(more, less);
  if (moved === 0) return [];
  let amount = 0;
  for (const name of inputSide) {
    const part = rest[name] > 0 ? (rest[name] * moved) / more : (rest[name] * moved) / less;
    amount += part * (prices[name] ?? 0);
    rest[name] -= part;
  }
  // Tokens that count alike on both sides are wrong all the same.
  const affected = prices === tokensThemselves ? moved : Math.abs(amount);
  return affected < 0.5 ? [] : [{ class: 'cached_tokens', amount, affected }];
}

/** The invoice has more. */
function missing({ invoice, ledger }: Cell, name: TokenClass, tokens: number, price: number): Effect[] {
  if (ledger.abortedRows === 0) return effect('missing_usage', tokens * price);
  const missingRows = invoice.requests - ledger.rows;
  if (invoice.requests > 0) {
    // Requests are counted: as many as are not in the ledger explain their share, the rest are answers that broke off.
    const explained =
      missingRows <= 0 ? 0 : Math.min(tokens, (missingRows * invoice.tokens[name]) / invoice.requests);
    return [...effect('missing_usage', explained * price), ...effect('aborts', (tokens - explained) * price)];
  }
  // An answer that broke off is no longer than others: more than that is something else.
  const broken = Math.min(tokens, (ledger.abortedRows * invoice.tokens[name]) / Math.max(1, ledger.rows));
  return [...effect('aborts', broken * price), ...effect('missing_usage', (tokens - broken) * price)];
}

/** The ledger has more: an estimate that was too high cannot be higher than itself. */
function tooMany({ ledger }: Cell, name: TokenClass, tokens: number, price: number): Effect[] {
  const aborted = Math.min(tokens, ledger.abortedTokens[name]);
  const estimated = Math.min(tokens - aborted, ledger.estimatedTokens[name]);
  return [
    ...effect('aborts', -aborted * price),
    ...effect('missing_usage', -estimated * price),
    ...effect('not_invoiced', -(tokens - aborted - estimated) * price),
  ];
}
