import { reservedHeaders } from '../../sdk/reserved-headers.ts';

/**
 * Upstream headers that clients act on. Everything else (cookies, organisation ids, server names) stays here. Anthropic's
 * own clients wait by its unified limits: without them Claude Code retries for ever.
 */
const forwarded = [
  'x-ratelimit-*',
  'anthropic-ratelimit-*',
  'x-should-retry',
  'openai-processing-ms',
  'openai-version',
];
const isForwarded = new RegExp(`^(?:${forwarded.map((name) => name.replace(/\*$/, '.*')).join('|')})$`);

/** The part of a provider's answer head that is passed on. */
export function forwardedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    if (!isForwarded.test(name)) continue;
    const value = headers[name]!;
    kept[name] = value;
    const own = /^anthropic-ratelimit-(requests|tokens)-(limit|remaining)$/.exec(name);
    // OpenAI's clients read the same figures under their own names.
    if (own !== null) kept[`x-ratelimit-${own[2]}-${own[1]}`] = value;
  }
  return kept;
}

/** The client's own headers that its dialect gives a meaning. Several of one name are one list. */
export function clientHeaders(
  names: readonly string[] = [],
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    const text = Array.isArray(value) ? value.join(',') : value;
    if (text !== undefined && /^[\t\x20-\x7e]{0,4096}$/.test(text)) kept[name] = text;
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
