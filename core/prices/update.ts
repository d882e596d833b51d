import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Fact, readFact } from './facts.ts';
import { mendPlaces } from './mend.ts';
import { reasonToLeaveOut, tableName } from './selection.ts';
import { shorten } from './shorten.ts';
import type { PriceTable, TablePrice } from './table-price.ts';

/** A file of prices as facts, by provider kind and model. */
export interface PriceSource {
  readonly source: {
    readonly data: string;
    readonly license: string;
    readonly as_of: string;
    readonly via: string;
  };
  readonly models: Readonly<Record<string, Readonly<Record<string, Fact>>>>;
}

/** A table made of a source, and what was not taken as it stands, a line each. */
export interface UpdatedTable {
  readonly table: PriceTable;
  readonly notes: readonly string[];
}

/** Makes the table. The same source makes the same table. */
export function toTable({ source, models }: PriceSource): UpdatedTable {
  const notes: string[] = [];
  const full: Record<string, Readonly<Record<string, TablePrice>>> = {};
  for (const [kind, facts] of Object.entries(models)) {
    const rows: Record<string, TablePrice> = {};
    for (const [model, fact] of Object.entries(facts)) {
      if (reasonToLeaveOut(kind, model) !== null) continue;
      const read = readFact(fact);
      const name = tableName(kind, model);
      // Where two endpoints sell a model, the one that has its plain name counts.
      if (read && (name === model || !Object.hasOwn(facts, name))) rows[name] = read.price;
      notes.push(
        ...(read?.notes ?? ['no price in the source: left out']).map((note) => `${kind} ${model}: ${note}`),
      );
    }
    const mended = mendPlaces(rows);
    full[kind] = mended.rows;
    notes.push(...mended.notes.map((note) => `${kind} ${note}`));
  }
  const table: PriceTable = {
    as_of: source.as_of.slice(0, 10),
    source: `${source.data}, ${source.license}, ${source.via.replace(/ \(.*/, '')}`,
    unit: 'nano-dollars for a million tokens',
    models: shorten(full),
  };
  return { table, notes };
}

/** A table's text: one model a line, sorted, so that a change of prices reads as one. */
export function printTable({ models, ...head }: PriceTable): string {
  const fields = Object.entries(head).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
  );
  const kinds = sorted(models).map(([kind, rows]) => {
    const lines = sorted(rows).map(
      ([name, { tiers, ...price }]) =>
        `      ${JSON.stringify(name)}: ${JSON.stringify({ ...price, tiers })}`,
    );
    return `    ${JSON.stringify(kind)}: {\n${lines.join(',\n')}\n    }`;
  });
  return `{\n${fields.join('\n')}\n  "models": {\n${kinds.join(',\n')}\n  }\n}\n`;
}

function sorted<Value>(values: Readonly<Record<string, Value>>): [string, Value][] {
  return Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** `node core/prices/update.ts SOURCE.json` writes `table.json` beside this file. */
function main(file: string | undefined): void {
  if (file === undefined) {
    console.error('expected the path of a price source: node core/prices/update.ts SOURCE.json');
    process.exitCode = 2;
    return;
  }
  const { table, notes } = toTable(JSON.parse(readFileSync(file, 'utf8')) as PriceSource);
  writeFileSync(new URL('table.json', import.meta.url), printTable(table));
  for (const note of notes) console.error(note);
  const count = Object.values(table.models).reduce((total, rows) => total + Object.keys(rows).length, 0);
  console.error(`table.json: ${count} prices as of ${table.as_of}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2]);
