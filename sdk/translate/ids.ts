import { hash } from 'node:crypto';

/**
 * An id for a provider that takes only some forms of ids. The same id always gives the same result, so that calls and
 * their results still find each other; an id that fits already stays as it is.
 *
 * @param fits the whole form that the provider takes.
 * @param length of the made-up id, letters and digits only, at most 60.
 */
export function fitId(id: string, fits: RegExp, prefix: string, length: number): string {
  if (fits.test(id)) return id;
  return prefix + hash('sha256', id, 'hex').slice(0, length - prefix.length);
}
