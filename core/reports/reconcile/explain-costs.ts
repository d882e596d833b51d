import type { Cell } from './cell.ts';
import { type Effect, effect } from './drift.ts';

/** How a model's cost differs by the same factor everywhere, by side; null where it does not. */
export interface Ratios {
  readonly input: boolean;
  readonly output: boolean;
}

/** One side of a cell. */
interface Side {
  readonly invoice: number;
  readonly ledger: number;
  /** The most that rounding explains. */
  readonly bound: number;
}

function inputOf({ invoice, ledger }: Cell, roundedToNanoUsd: number): Side {
  const { input, cache_read, cache_write } = invoice.costNanoUsd;
  return {
    invoice: input + cache_read + cache_write,
    ledger: ledger.inputNanoUsd,
    bound: boundOf(invoice.inputLines, ledger.inputNanoUsd, ledger.rows, roundedToNanoUsd),
  };
}

function outputOf({ invoice, ledger }: Cell, roundedToNanoUsd: number): Side {
  return {
    invoice: invoice.costNanoUsd.output,
    ledger: ledger.outputNanoUsd,
    bound: boundOf(invoice.outputLines, ledger.outputNanoUsd, ledger.rows, roundedToNanoUsd),
  };
}

/** Half a unit for each line; a cost below half a unit may have no line at all. */
function boundOf(lines: number, ledgerNanoUsd: number, rows: number, roundedToNanoUsd: number): number {
  const unit = roundedToNanoUsd / 2;
  return Math.max(lines, ledgerNanoUsd <= 3 * unit ? 3 : 1) * unit + rows * 4;
}

/** The most that rounding explains of a cell. */
export function roundingOf(cell: Cell, roundedToNanoUsd: number): number {
  return inputOf(cell, roundedToNanoUsd).bound + outputOf(cell, roundedToNanoUsd).bound;
}

function isRounding({ invoice, ledger, bound }: Side): boolean {
  return Math.abs(invoice - ledger) <= bound;
}

/** A price that changed shows as one factor on all days; other causes differ from day to day. */
export function ratiosOf(cells: readonly Cell[], roundedToNanoUsd: number): Ratios {
  const constant = (sides: readonly Side[]) => {
    const clear = sides.filter(({ ledger, bound }) => ledger > 200 * bound);
    const factors = clear.map(({ invoice, ledger }) => invoice / ledger);
    const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length;
    return (
      clear.length >= 2 &&
      clear.some((side) => !isRounding(side)) &&
      clear.every(({ ledger, bound }, at) => Math.abs(factors[at]! - mean) <= 0.002 * mean + bound / ledger)
    );
  };
  return {
    input: constant(cells.map((cell) => inputOf(cell, roundedToNanoUsd))),
    output: constant(cells.map((cell) => outputOf(cell, roundedToNanoUsd))),
  };
}

/** Explains costs of an invoice that does not say how many tokens they are for. */
export function costEffects(cell: Cell, ratios: Ratios, roundedToNanoUsd: number): Effect[] {
  const input = inputOf(cell, roundedToNanoUsd);
  const output = outputOf(cell, roundedToNanoUsd);
  return [
    ...sideEffects(cell, input, ratios.input, isInputOnly(input, output) ? 'input-only' : 'both'),
    ...sideEffects(cell, output, ratios.output, 'both'),
  ];
}

/** The output agrees, and so exactly that it would not if it differed as the input does. */
function isInputOnly(input: Side, output: Side): boolean {
  const factor = Math.abs(input.invoice - input.ledger) / Math.max(1, input.invoice, input.ledger);
  return isRounding(output) && 2 * output.bound < factor * output.ledger;
}

function sideEffects(
  { invoice, ledger }: Cell,
  side: Side,
  constant: boolean,
  where: 'input-only' | 'both',
): Effect[] {
  const amount = side.invoice - side.ledger;
  if (isRounding(side)) return effect('rounding', amount);
  if (ledger.unpricedRows > 0) return effect('price_version', amount);
  const cachedThere = invoice.costNanoUsd.cache_read + invoice.costNanoUsd.cache_write > 0;
  const cachedHere = ledger.tokens.cache_read + ledger.tokens.cache_write > 0;
  if (where === 'input-only' && ledger.rows > 0 && cachedThere !== cachedHere)
    return effect('cached_tokens', amount);
  if (constant) return effect('price_version', amount);
  if (where === 'input-only' && ledger.rows > 0 && cachedThere) return effect('cached_tokens', amount);
  const share = ledger.rows === 0 ? 0 : ledger.abortedRows / ledger.rows;
  const most = share * Math.max(side.invoice, side.ledger);
  const broken = Math.sign(amount) * Math.min(Math.abs(amount), most);
  return [
    ...effect('aborts', broken),
    ...effect(amount > 0 ? 'missing_usage' : 'not_invoiced', amount - broken),
  ];
}
