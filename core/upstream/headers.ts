import { reservedHeaders } from '../../sdk/reserved-headers.ts';

/** Upstream headers that clients act on. Everything else (cookies, organisation ids, server names) stays here. */
const forwarded = [
  'x-ratelimit-limit-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-requests',
  'x-ratelimit-reset-tokens',
  'openai-processing-ms',
  'openai-version',
];

/** The part of a provider's answer head that is passed on. */
export function forwardedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of forwarded) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** The headers that policies want sent, without reserved ones and without names or values that break the head. */
export function policyHeaders(
  changes: readonly Readonly<Record<string, string | null>>[],
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const change of changes) {
    for (const [name, value] of Object.entries(change)) {
      const lower = name.toLowerCase();
      if (reservedHeaders.has(lower) || !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(lower)) continue;
      if (value === null) delete headers[lower];
      else if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) headers[lower] = value;
    }
  }
  return headers;
}
