import table from './table.json' with { type: 'json' };
import type { PriceTable } from './table-price.ts';

/** The prices that come with the program, made by `update.ts`. */
export const shippedPrices: PriceTable = table;
