import { existsSync, readFileSync } from 'node:fs';
import type { PriceSource } from '../../../core/prices/update.ts';

const file = new URL('../../../../shared/data/prices.source.json', import.meta.url);

/** The prices as facts, where they lie beside the checkout; they are not part of the project. */
export const noPriceSource = existsSync(file) ? false : 'there is no source of prices beside this checkout';

/** The source that the shipped table was made of. */
export function priceSource(): PriceSource {
  return JSON.parse(readFileSync(file, 'utf8')) as PriceSource;
}
