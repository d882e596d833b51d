import { createHash } from 'node:crypto';
import type { KeyRecord } from '../../../../sdk/keys.ts';

export function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** A key as it is made, with what a test cares about. */
export function keyOf(name: string, changes: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: hashOf(name),
    hash: hashOf(name),
    name: `sk-…${name.slice(-4)}`,
    alias: name,
    tenantId: 'acme',
    createdAtMs: Date.UTC(2026, 0, 1),
    updatedAtMs: Date.UTC(2026, 0, 1),
    expiresAtMs: null,
    blocked: false,
    models: ['support-*', 'openai/gpt-5.2'],
    maxBudgetNanoUsd: 20_000_000_000,
    softBudgetNanoUsd: null,
    budgetDuration: '30d',
    budgetStartMs: Date.UTC(2026, 0, 1),
    rpmLimit: 300,
    tpmLimit: null,
    outputTpmLimit: null,
    maxParallelRequests: 8,
    dailyTokenCap: 2_000_000,
    plan: 'enterprise',
    region: 'eu',
    metadata: { team: 'support', nested: { list: [1, null, 'x'] } },
    replacedBy: null,
    ...changes,
  };
}
