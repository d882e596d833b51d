import { type TokenClass, tokenClasses } from './format.ts';
import type { LedgerLine } from './ledger-line.ts';
import type { Scope } from './scope.ts';

/** An amount for each class of tokens. */
export type ByClass = Record<TokenClass, number>;

/** One day of one model and key, on both sides. */
export interface Cell {
  readonly day: string;
  readonly model: string;
  readonly key: string;
  readonly invoice: {
    readonly tokens: ByClass;
    readonly costNanoUsd: ByClass;
    /** What is not paid by token. */
    toolsNanoUsd: number;
    requests: number;
    /** Lines whose amounts were rounded, by side. */
    inputLines: number;
    outputLines: number;
  };
  readonly ledger: {
    readonly tokens: ByClass;
    inputNanoUsd: number;
    outputNanoUsd: number;
    rows: number;
    unpricedRows: number;
    abortedRows: number;
    readonly abortedTokens: ByClass;
    /** Rows that the gateway counted though their answers were complete. */
    estimatedRows: number;
    readonly estimatedTokens: ByClass;
  };
}

const hourMs = 3_600_000;

function zeros(): ByClass {
  return { input: 0, cache_read: 0, cache_write: 0, output: 0 };
}

function emptyCell(day: string, model: string, key: string): Cell {
  return {
    day,
    model,
    key,
    invoice: {
      tokens: zeros(),
      costNanoUsd: zeros(),
      toolsNanoUsd: 0,
      requests: 0,
      inputLines: 0,
      outputLines: 0,
    },
    ledger: {
      tokens: zeros(),
      inputNanoUsd: 0,
      outputNanoUsd: 0,
      rows: 0,
      unpricedRows: 0,
      abortedRows: 0,
      abortedTokens: zeros(),
      estimatedRows: 0,
      estimatedTokens: zeros(),
    },
  };
}

/**
 * The cells of both sides.
 *
 * @param offsetHours how far the invoice's days are ahead of UTC: 9 for days that begin at 15:00 UTC.
 */
export function cellsOf(
  { invoice, ledger }: Scope,
  firstDay: string,
  lastDay: string,
  offsetHours: number,
): Cell[] {
  const cells = new Map<string, Cell>();
  const at = (day: string, model: string, key: string): Cell => {
    const name = `${day}\n${model}\n${key}`;
    let cell = cells.get(name);
    if (cell === undefined) {
      cell = emptyCell(day, model, key);
      cells.set(name, cell);
    }
    return cell;
  };
  for (const { day, model, key, requests, tokens, costNanoUsd } of invoice) {
    const side = at(day, model ?? '', key).invoice;
    side.requests += requests;
    side.toolsNanoUsd += costNanoUsd.tools ?? 0;
    for (const name of tokenClasses) {
      side.tokens[name] += tokens[name] ?? 0;
      const cost = costNanoUsd[name];
      if (cost === undefined) continue;
      side.costNanoUsd[name] += cost;
      if (name === 'output') side.outputLines += 1;
      else side.inputLines += 1;
    }
  }
  for (const line of ledger) {
    const day = new Date(line.hourMs + offsetHours * hourMs).toISOString().slice(0, 10);
    if (day >= firstDay && day <= lastDay) addLine(at(day, line.model, line.key).ledger, line);
  }
  return [...cells.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function nameOf({ day, model, key }: Cell): string {
  return `${model}\n${key}\n${day}`;
}

function addLine(side: Cell['ledger'], line: LedgerLine): void {
  side.rows += line.rows;
  side.inputNanoUsd += line.inputNanoUsd;
  side.outputNanoUsd += line.outputNanoUsd;
  if (line.unpriced) side.unpricedRows += line.rows;
  if (line.aborted) side.abortedRows += line.rows;
  else if (line.estimated) side.estimatedRows += line.rows;
  for (const name of tokenClasses) {
    side.tokens[name] += line.tokens[name];
    if (line.aborted) side.abortedTokens[name] += line.tokens[name];
    else if (line.estimated) side.estimatedTokens[name] += line.tokens[name];
  }
}

/** Sums of all classes. */
export function sumOf(amounts: ByClass): number {
  return amounts.input + amounts.cache_read + amounts.cache_write + amounts.output;
}
