import type { KeyInfo } from '../../playground/src/api/types.ts';
import { longName } from './mock-data.ts';

type Fields = Readonly<Record<string, unknown>>;

const base: KeyInfo = {
  key_name: 'sk-…a1B2',
  key_alias: null,
  token: '',
  key_id: '',
  status: 'active',
  blocked: false,
  expires: null,
  models: [],
  max_budget: null,
  soft_budget: null,
  budget_duration: null,
  budget_reset_at: null,
  tpm_limit: null,
  rpm_limit: null,
  max_parallel_requests: null,
  daily_token_cap: null,
  tenant_id: null,
  created_at: '2026-06-02T09:14:00.000Z',
  spend: 0,
  total_spend: 0,
  tokens_today: 0,
  held: 0,
  holds: [],
};

/** Keys that are made, changed and deleted as `/key/*` does it. */
export class MockKeys {
  private readonly keys = new Map<string, KeyInfo>();
  private made = 0;

  constructor(nowMs: number) {
    const reset = new Date(nowMs + 9 * 86_400_000).toISOString();
    this.add({
      key_alias: 'support-bot',
      tenant_id: 'acme',
      models: ['support-*'],
      max_budget: 200,
      budget_duration: '1mo',
      budget_reset_at: reset,
      spend: 182.4301174,
      total_spend: 941.2,
      held: 6.25,
      holds: [
        {
          request_id: 'req_00000012',
          owner: 'gateway-1',
          usd: 6.25,
          expires_at: new Date(nowMs + 90_000).toISOString(),
        },
      ],
      tokens_today: 1_204_331,
    });
    this.add({
      key_alias: 'search-indexer',
      tenant_id: 'globex',
      max_budget: 50,
      budget_duration: '1w',
      budget_reset_at: reset,
      spend: 12.5,
      total_spend: 80,
      rpm_limit: 300,
    });
    this.add({
      key_alias: longName,
      tenant_id: longName,
      max_budget: 20,
      spend: 20.000000001,
      total_spend: 20.000000001,
      models: ['cheap', 'support-fast', 'local'],
    });
    this.add({
      key_alias: 'old-laptop',
      status: 'blocked',
      blocked: true,
      spend: 0.000123,
      total_spend: 3.1,
    });
    this.add({
      key_alias: null,
      tenant_id: 'initech',
      spend: 1.25,
      total_spend: 1.25,
      status: 'expired',
      expires: new Date(nowMs - 86_400_000).toISOString(),
    });
  }

  private add(fields: Partial<KeyInfo>): KeyInfo {
    this.made += 1;
    const token = String(this.made).padStart(64, 'a0');
    const key = { ...base, token, key_id: `key_${this.made}`, ...fields };
    this.keys.set(token, key);
    return key;
  }

  list(page: number, size: number) {
    const all = [...this.keys.values()];
    return {
      keys: all.slice((page - 1) * size, page * size),
      total_count: all.length,
      current_page: page,
      total_pages: Math.ceil(all.length / size),
    };
  }

  /** @returns null for a path that is none of its own, undefined for a key that is not there. */
  change(path: string, body: Fields): unknown {
    if (path === '/key/generate') {
      const key = this.add({ ...(body as Partial<KeyInfo>), key_name: 'sk-…Zz09' });
      return { ...key, key: `sk-${'mock'.repeat(10)}${this.made}` };
    }
    const key = this.find(String(body['key'] ?? ''));
    if (key === undefined) return undefined;
    switch (path) {
      case '/key/block':
      case '/key/unblock': {
        const blocked = path === '/key/block';
        return this.put({ ...key, blocked, status: blocked ? 'blocked' : 'active' });
      }
      case '/key/update':
        return this.put({ ...key, ...(body as Partial<KeyInfo>), token: key.token });
      case '/key/regenerate':
        return { ...key, key: `sk-${'next'.repeat(10)}` };
      case '/key/delete':
        this.keys.delete(key.token);
        return { deleted_keys: [key.token] };
      default:
        return null;
    }
  }

  private find(name: string): KeyInfo | undefined {
    return this.keys.get(name) ?? [...this.keys.values()].find((key) => key.key_alias === name);
  }

  private put(key: KeyInfo): KeyInfo {
    this.keys.set(key.token, key);
    return key;
  }
}
