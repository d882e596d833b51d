import { seeded } from './random.ts';

/** Dollars for each scope of a drill, in nano-dollars: the key's is the narrowest. */
export const limitsNanoUsd = {
  key: 12_000_000,
  tenant: 13_000_000,
  feature: 14_000_000,
  global: 15_000_000,
} as const;

export type DrillScope = keyof typeof limitsNanoUsd;

export const masterKey = 'sk-master-0123456789';

const usd = (scope: DrillScope) => `$${limitsNanoUsd[scope] / 1e9}`;

/** A program in which everything that costs is on: budgets in four scopes, chains, retries, hedges, questions. */
export const drillPolicies: Readonly<Record<string, string>> = {
  '00-ledger.yaml': `plugin: ledger
prices:
  one/m:     { input: $1.00, output: $2.00 }
  two/m:     { input: $2.00, output: $4.00 }
  one/judge: { input: $0.10, output: $0.20 }
`,
  '10-keys.yaml': `plugin: keys
tenants: { acme: { max_budget: ${usd('tenant')}, budget_duration: 1mo } }
`,
  '20-limits.yaml': `plugin: token-limiter
limits:
  - { by: feature, per: month, usd: ${usd('feature')} }
  - { by: global, per: month, usd: ${usd('global')} }
hold_ttl: 2s
`,
  '40-classifier.yaml': 'plugin: classifier\nmodel: judge\ntimeout: 300ms\ncache: { max_entries: 0 }\n',
  '60-fallback.yaml': `plugin: fallback
chains: { smart: [one/m, two/m] }
retry: { max: 1, base: 5ms, ratio: 1 }
timeouts: { connect: 2s, first_token: 250ms, stall: 250ms, total: 700ms }
breaker: { consecutive: 1000, min_calls: 10000 }
cost_ceiling: none
hedge: { after: 60ms, max_extra_cost: 1 }
`,
};

/** The configuration, with the provider's port and where the stores are. */
export function drillConfig(port: number, stores = ''): string {
  const provider = `{ kind: openai, base_url: "http://127.0.0.1:${port}/v1", apis: [chat], api_key: [sk-a, sk-b] }`;
  return `auth: { master_key: ${masterKey} }
providers: { one: ${provider}, two: ${provider} }
models: { smart: one/m, judge: one/judge }
${stores}`;
}

/** What became of one request, as its client saw it. */
export interface Seen {
  /** 0 where no answer came. */
  readonly status: number;
  readonly requestId: string | null;
  /** The answer came to its end. */
  readonly whole: boolean;
  readonly code: string | null;
}

/** Makes a key with the budget of the drill. */
export async function makeKey(url: string): Promise<string> {
  const answer = await fetch(`${url}/key/generate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${masterKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      tenant_id: 'acme',
      max_budget: limitsNanoUsd.key / 1e9,
      budget_duration: '1mo',
    }),
  });
  return ((await answer.json()) as { key: string }).key;
}

/** Asks as an administrator. */
export async function administer(url: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${masterKey}` } });
  return (await answer.json()) as Record<string, unknown>;
}

export interface CrowdOptions {
  readonly urls: readonly string[];
  readonly key: string;
  readonly requests: number;
  readonly seed: number;
  /** Share of the clients that leave before their answer has ended. */
  readonly leave: number;
  /** Told of each request that is over. */
  readonly onSeen?: (seen: Seen) => void;
}

/** Sends all requests at once, half of them streams, to the gateways in turn. */
export function crowd({ urls, key, requests, seed, leave, onSeen }: CrowdOptions): Promise<Seen[]> {
  const random = seeded(seed);
  const ask = async (index: number): Promise<Seen> => {
    const seen = { status: 0, requestId: null as string | null, whole: false, code: null as string | null };
    const stream = random() < 0.5;
    const leaving = new AbortController();
    const timer = random() < leave ? setTimeout(() => leaving.abort(), random() * 150) : undefined;
    try {
      const answer = await fetch(`${urls[index % urls.length]}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'x-feature-id': 'chat',
        },
        body: JSON.stringify({
          model: 'smart',
          messages: [{ role: 'user', content: 'Hi' }],
          max_tokens: 400,
          stream,
        }),
        signal: leaving.signal,
      });
      seen.status = answer.status;
      seen.requestId = answer.headers.get('x-request-id');
      const text = await answer.text();
      seen.code = /"code":\s*"(\w+)"/.exec(text)?.[1] ?? null;
      seen.whole = true;
    } catch {
      // The client left, or the gateway died.
    } finally {
      clearTimeout(timer);
    }
    onSeen?.(seen);
    return seen;
  };
  return Promise.all(Array.from({ length: requests }, (_, index) => ask(index)));
}

/** What the ledger says was spent by everybody, in nano-dollars. In a drill that is one key, tenant and feature. */
export async function bookedNanoUsd(url: string): Promise<number> {
  const { total } = (await administer(url, '/cost/report?by=key')) as { total: { cost_nano_usd: number } };
  return total.cost_nano_usd;
}

/** How many rows of a request of its own the ledger has, by request id. */
export async function bookedRequests(url: string): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>();
  for (let page = 1; ; page += 1) {
    const path = `/spend/logs?page_size=1000&page=${page}`;
    const rows = (await administer(url, path)) as unknown as { request_id: string }[];
    for (const { request_id: id } of rows) {
      // Rows of attempts have a suffix.
      if (!id.includes('.')) ids.set(id, (ids.get(id) ?? 0) + 1);
    }
    if (rows.length < 1000) return ids;
  }
}

/** Waits until no request is under way. */
export async function idle(url: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const { in_flight: inFlight } = await administer(url, '/health/ready');
    if (inFlight === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('expected every request to end within 10 s');
}
