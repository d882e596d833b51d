import { amount } from './amount.ts';
import type { TableLength, TablePrice } from './table-price.ts';

type Rows = Readonly<Record<string, TablePrice>>;

/** A part of the world that a model is sold for: `us.` (Bedrock's profiles), `eu/` (Azure's zones, Bedrock's regions). */
const place = /^[a-z]+(?:-[a-z]+(?:-\d)?)?(?:\.(?=[a-z0-9]+\.)|\/)/;

/**
 * Compares what a model costs in one part of the world with what it costs elsewhere, and mends what cannot be: a profile
 * at a fraction of the model's price, a missing price of long requests where the model has one.
 */
export function mendPlaces(rows: Rows): { readonly rows: Rows; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const mended: Record<string, TablePrice> = {};
  for (const [name, price] of Object.entries(rows)) {
    const model = rows[name.replace(place, '')];
    if (!model || model === price) mended[name] = price;
    else if (price.input < model.input / 2)
      notes.push(`${name}: costs less than half of the model: left out`);
    else if (model.longContext && !price.longContext) {
      notes.push(`${name}: no price of long requests: taken from the model`);
      mended[name] = {
        ...price,
        longContext: model.longContext.map((length) => grown(length, model, price)),
      };
    } else mended[name] = price;
  }
  return { rows: mended, notes };
}

/** A length's prices, larger by as much as a place's input is dearer. */
function grown(length: TableLength, model: TablePrice, price: TablePrice): TableLength {
  const { aboveInputTokens, ...classes } = length;
  const scaled = Object.entries(classes).map(([name, long]) => [
    name,
    long === null ? null : amount(long, price.input, model.input),
  ]);
  return { aboveInputTokens, ...Object.fromEntries(scaled) };
}
