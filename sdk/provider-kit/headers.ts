import { reservedHeaders } from '../reserved-headers.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * A `headers` option with its names in lower case.
 *
 * @throws Error for names and values that HTTP cannot carry.
 */
export function configuredHeaders(headers: Headers = {}): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(lower) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new Error(`headers: ${JSON.stringify(name)} or its value is none that HTTP can carry`);
    }
    result[lower] = value;
  }
  return result;
}

/** The headers that policies want sent, without those that are the provider's own business. */
export function policyHeaders(headers: Headers): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name in headers) {
    if (!reservedHeaders.has(name.toLowerCase())) result[name.toLowerCase()] = headers[name]!;
  }
  return result;
}

/** True for headers without any name. */
export function isEmpty(headers: Headers): boolean {
  for (const _name in headers) return false;
  return true;
}
