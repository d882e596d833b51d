import { type Cell, cellsOf, sumOf } from './cell.ts';
import { type DriftClass, driftMeanings, type Effect, effect, harmless } from './drift.ts';
import { costEffects, ratiosOf, roundingOf } from './explain-costs.ts';
import {
  priceEffects,
  pricesFor,
  tokenEffects,
  tokensThemselves,
  type UnitPrices,
} from './explain-tokens.ts';
import { type TokenClass, tokenClasses } from './format.ts';
import type { Invoice } from './invoice.ts';
import type { LedgerLine } from './ledger-line.ts';
import { type Scope, type ScopeOptions, scopeOf } from './scope.ts';

/** What differs for one reason. */
export interface Drift {
  readonly class: DriftClass;
  /** Invoice less ledger: nano-dollars, or tokens where the invoice has no costs. */
  readonly amount: number;
  /** The same without regard to signs, which would cancel out over days. */
  readonly affected: number;
  /** Days of a model and key where it was found. */
  readonly cells: number;
}

/** One day of one model and key. */
export interface CellDrift {
  readonly day: string;
  readonly model: string;
  readonly key: string;
  readonly invoice: number;
  readonly ledger: number;
  /** The class that explains most of the difference. */
  readonly class: DriftClass | null;
}

/** An invoice held against the ledger. */
export interface Reconciliation {
  readonly format: string;
  /** What amounts count. */
  readonly measure: 'nano_usd' | 'tokens';
  readonly firstDay: string;
  readonly lastDay: string;
  readonly providers: readonly string[];
  readonly byKey: boolean;
  readonly invoice: number;
  readonly ledger: number;
  /** How far the invoice's days are ahead of UTC. */
  readonly offsetHours: number;
  readonly drifts: readonly Drift[];
  /** Those that differ most first. */
  readonly cells: readonly CellDrift[];
  /** What is affected, besides rounding and time zones, as a share of the invoice. */
  readonly share: number;
}

/** Hours before and after the invoice's days that its days may reach into, in some time zone. */
export const zoneHours = { before: 14, after: 12 } as const;

/**
 * Holds an invoice against the ledger and explains every difference.
 *
 * @param lines the ledger from `zoneHours.before` the first day to `zoneHours.after` the last one
 * @throws InvoiceError where what was asked for is not there.
 */
export function reconcile(
  invoice: Invoice,
  lines: readonly LedgerLine[],
  options: ScopeOptions,
): Reconciliation {
  const scope = scopeOf(invoice, lines, options);
  const measure = invoice.format.cost === undefined ? 'tokens' : 'nano_usd';
  const { offsetHours, utc, cells, explained } = bestOffset(scope, invoice, measure);
  const effects = effectsOf(cells, invoice);
  const ledger = total(utc, (cell) => ledgerAmount(cell, measure));
  const shifted = total(cells, (cell) => ledgerAmount(cell, measure)) - ledger;
  const found = effects.flat();
  if (offsetHours !== 0) {
    found.push({
      class: 'time_zone',
      amount: shifted,
      affected: explained,
    });
  }
  const drifts = (Object.keys(driftMeanings) as DriftClass[])
    .map((name) => driftOf(name, found))
    .filter((drift) => drift.cells > 0);
  const billed = total(cells, (cell) => invoiceAmount(cell, measure));
  const harm = drifts.filter((drift) => !harmless.includes(drift.class));
  return {
    format: invoice.format.name,
    measure,
    firstDay: invoice.firstDay,
    lastDay: invoice.lastDay,
    providers: scope.providers,
    byKey: scope.byKey,
    invoice: billed,
    ledger,
    offsetHours,
    drifts,
    cells: cells
      .map((cell, index) => cellDrift(cell, effects[index]!, measure))
      .filter((cell) => cell.class !== null)
      .sort((a, b) => Math.abs(b.invoice - b.ledger) - Math.abs(a.invoice - a.ledger)),
    share: harm.reduce((sum, { affected }) => sum + affected, 0) / Math.max(1, billed > 0 ? billed : ledger),
  };
}

type Measure = Reconciliation['measure'];

/** The offset of days under which both sides differ least; 0 unless another one explains most of a real difference. */
function bestOffset(scope: Scope, { firstDay, lastDay, format }: Invoice, measure: Measure) {
  const utc = cellsOf(scope, firstDay, lastDay, 0);
  // What rounding explains says nothing about days.
  const distanceOf = (cells: readonly Cell[]) =>
    total(cells, (cell) => {
      const slack = format.cost === undefined ? 0 : roundingOf(cell, format.cost.roundedToNanoUsd);
      return Math.max(0, Math.abs(invoiceAmount(cell, measure) - ledgerAmount(cell, measure)) - slack);
    });
  const far = distanceOf(utc);
  let best = { offsetHours: 0, cells: utc, distance: far };
  const billed = total(utc, (cell) => invoiceAmount(cell, measure));
  if (far > 0.01 * billed) {
    for (let offsetHours = -zoneHours.after; offsetHours <= zoneHours.before; offsetHours += 1) {
      const cells = cellsOf(scope, firstDay, lastDay, offsetHours);
      const distance = distanceOf(cells);
      if (distance < best.distance && distance < far / 2) best = { offsetHours, cells, distance };
    }
  }
  return { ...best, utc, explained: far - best.distance };
}

function total(cells: readonly Cell[], amount: (cell: Cell) => number): number {
  return cells.reduce((sum, cell) => sum + amount(cell), 0);
}

function invoiceAmount({ invoice }: Cell, measure: Measure): number {
  return measure === 'tokens' ? sumOf(invoice.tokens) : sumOf(invoice.costNanoUsd) + invoice.toolsNanoUsd;
}

function ledgerAmount({ ledger }: Cell, measure: Measure): number {
  return measure === 'tokens' ? sumOf(ledger.tokens) : ledger.inputNanoUsd + ledger.outputNanoUsd;
}

/** The effects of each cell; together they are its difference. */
function effectsOf(cells: readonly Cell[], { format, hasTokens }: Invoice): Effect[][] {
  const { cost } = format;
  if (cost === undefined) return cells.map((cell) => tokenEffects(cell, tokensThemselves));
  const byModel = Map.groupBy(cells, ({ model }) => model);
  const tools = ({ invoice }: Cell) => effect('tools', invoice.toolsNanoUsd);
  if (!hasTokens) {
    const ratios = new Map([...byModel].map(([model, own]) => [model, ratiosOf(own, cost.roundedToNanoUsd)]));
    return cells.map((cell) => [
      ...tools(cell),
      ...costEffects(cell, ratios.get(cell.model)!, cost.roundedToNanoUsd),
    ]);
  }
  const prices = new Map([...byModel].map(([model, own]) => [model, modelPrices(own)]));
  return cells.map((cell) => {
    const own = pricesFor(cell, prices.get(cell.model)!);
    return [...tools(cell), ...priceEffects(cell, own), ...tokenEffects(cell, own)];
  });
}

function modelPrices(cells: readonly Cell[]): UnitPrices {
  const prices: Partial<Record<TokenClass, number>> = {};
  for (const name of tokenClasses) {
    const tokens = total(cells, ({ invoice }) => invoice.tokens[name]);
    if (tokens > 0) prices[name] = total(cells, ({ invoice }) => invoice.costNanoUsd[name]) / tokens;
  }
  return prices;
}

function driftOf(name: DriftClass, effects: readonly Effect[]): Drift {
  const own = effects.filter((one) => one.class === name);
  return {
    class: name,
    amount: Math.round(own.reduce((sum, { amount }) => sum + amount, 0)),
    affected: Math.round(own.reduce((sum, { amount, affected }) => sum + (affected ?? Math.abs(amount)), 0)),
    cells: own.length,
  };
}

function cellDrift(cell: Cell, effects: readonly Effect[], measure: Measure): CellDrift {
  const size = ({ amount, affected }: Effect) => affected ?? Math.abs(amount);
  const worst = effects
    .filter((one) => !harmless.includes(one.class))
    .reduce<Effect | null>((most, one) => (most === null || size(one) > size(most) ? one : most), null);
  return {
    day: cell.day,
    model: cell.model,
    key: cell.key,
    invoice: invoiceAmount(cell, measure),
    ledger: ledgerAmount(cell, measure),
    class: worst?.class ?? null,
  };
}
