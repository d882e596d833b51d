import { GatewayError } from '../../sdk/errors.ts';
import { nearest } from '../text/nearest.ts';

/** The query of a URL. What is empty is not there; what is not understood is a 400 that names the parameter. */
export interface Query {
  text(name: string): string | undefined;
  /** One of some words. */
  oneOf<const Word extends string>(name: string, words: readonly Word[]): Word | undefined;
  /** A whole number. */
  whole(name: string, least: number, most: number): number | undefined;
}

/**
 * Reads the query of a URL.
 *
 * @throws GatewayError 400 `invalid_request` for a parameter that is not known: a filter with a typing mistake would
 * otherwise be no filter.
 */
export function readQuery(url: string, known: readonly string[]): Query {
  const start = url.indexOf('?');
  const values = new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
  for (const name of values.keys()) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw refused(
      name,
      `Expected some of ${known.join(', ')}; came ${JSON.stringify(name.slice(0, 60))}${near === undefined ? '.' : `; did you mean "${near}"?`}`,
    );
  }
  const text = (name: string): string | undefined => {
    const value = values.get(name)?.trim();
    return value === '' ? undefined : value;
  };
  return {
    text,
    oneOf(name, words) {
      const value = text(name);
      if (value === undefined) return undefined;
      const word = words.find((one) => one === value);
      if (word === undefined) {
        throw refused(
          name,
          `${name}: expected ${words.join(' or ')}; came ${JSON.stringify(value.slice(0, 60))}.`,
        );
      }
      return word;
    },
    whole(name, least, most) {
      const value = text(name);
      if (value === undefined) return undefined;
      const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      if (!(number >= least && number <= most)) {
        throw refused(
          name,
          `${name}: expected a whole number from ${least} to ${most}; came ${JSON.stringify(value.slice(0, 60))}.`,
        );
      }
      return number;
    },
  };
}

function refused(param: string, message: string): GatewayError {
  return new GatewayError('invalid_request', message, { param: param.slice(0, 60) });
}
