import { hash } from 'node:crypto';

/**
 * Names of counters that more than one part of the gateway must agree on: who holds the limits of keys and tenants
 * counts on them, who shows what a key spent reads them.
 */

const plain = /^[\w.:@/-]{1,128}$/;

/** An id as a part of a counter's key, which `|` divides: what is long or has other characters is hashed. */
export function keyPart(id: string): string {
  return plain.test(id) ? id : `~${hash('sha256', id.toWellFormed(), 'base64url')}`;
}

/** The counter of the budget of a key or tenant: `usd|key|ID|WINDOW`. */
export function budgetCounterKey(by: 'key' | 'tenant', id: string, window: string): string {
  return `usd|${by}|${keyPart(id)}|${window}`;
}

/** The counter of its tokens a day: `tokens|key|ID|day|2026-01-31`. */
export function dayTokensCounterKey(by: 'key' | 'tenant', id: string, date: string): string {
  return `tokens|${by}|${keyPart(id)}|day|${date}`;
}
