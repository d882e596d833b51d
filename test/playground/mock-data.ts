/** Fixtures of the mock gateway: the same at every start, with the names and the troubles that real traffic has. */
import type { Overview, Policies, Provider, Summary } from '../../playground/src/api/types.ts';

/** A small generator of numbers (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const longName = 'customer-success-assistant-for-the-northern-european-enterprise-segment-v2';

const tenants = ['acme', 'globex', 'initech', 'umbrella', longName] as const;
const features = ['chat', 'summarise', 'search', 'classify', null] as const;
const models = [
  { alias: 'smart', model: 'claude-sonnet-4-6', provider: 'claude' },
  { alias: 'cheap', model: 'gpt-4o-mini', provider: 'openai' },
  { alias: 'support-fast', model: 'gpt-4o-mini', provider: 'azure' },
  { alias: 'local', model: 'qwen3-32b-instruct-awq', provider: 'gpu-cluster' },
] as const;

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)]!;
}

/** One request; what ended badly is about one in twenty. */
export function summary(index: number, atMs: number, random: () => number): Summary {
  const { alias, model, provider } = pick(models, random);
  const fate = random();
  const denied = fate > 0.955;
  const failed = !denied && fate > 0.94;
  const cached = !denied && !failed && fate < 0.18;
  const duration = cached ? 4 + random() * 20 : 180 + random() ** 3 * 6000;
  const input = 80 + Math.floor(random() ** 2 * 6000);
  const output = denied || failed ? 0 : 10 + Math.floor(random() ** 2 * 900);
  return {
    request_id: `req_${String(index).padStart(8, '0')}`,
    at: new Date(atMs).toISOString(),
    api: random() < 0.8 ? '/v1/chat/completions' : '/v1/messages',
    stream: random() < 0.6,
    alias,
    model: denied ? null : model,
    provider: denied || cached ? null : provider,
    tenant: pick(tenants, random),
    key: `key_${Math.floor(random() * 6)}`,
    feature: pick(features, random),
    status: denied ? (fate > 0.98 ? 403 : 429) : failed ? 502 : 200,
    outcome: denied ? 'denied' : failed ? 'failed' : 'complete',
    error_code: denied
      ? fate > 0.98
        ? 'model_not_allowed'
        : 'rate_limit_exceeded'
      : failed
        ? 'upstream_error'
        : null,
    cache: cached ? (random() < 0.5 ? 'exact' : 'semantic') : 'miss',
    fallback: !cached && random() < 0.05 ? 'cross-vendor' : 'none',
    attempts: denied || cached ? 0 : failed ? 3 : 1,
    input_tokens: denied ? null : input,
    output_tokens: denied ? null : output,
    cost_nano_usd: denied || cached ? 0 : input * 3_000 + output * 15_001,
    duration_ms: Math.round(denied ? 2 + random() * 3 : duration),
    overhead_ms: Math.round(10 + random() * 20) / 10,
    denied_by: denied ? (fate > 0.98 ? '10-keys.yaml' : '20-limits.yaml') : null,
  };
}

const windows: Readonly<Record<string, number>> = { '15m': 900, '1h': 3600, '6h': 21_600, '24h': 86_400 };

export function overview(window: string, nowMs: number): Overview {
  const windowS = windows[window] ?? 3600;
  const random = seeded(windowS);
  const count = 60;
  const buckets = Array.from({ length: count }, (_, index) => {
    const wave = 1 + 0.35 * Math.sin(index / 9) + 0.2 * random();
    const requests = Math.round((windowS / count) * 4.2 * wave);
    return {
      at: new Date(nowMs - (count - index) * (windowS / count) * 1000).toISOString(),
      requests,
      errors: Math.round(requests * (index > 38 && index < 43 ? 0.06 : 0.006) * random()),
      denied: Math.round(requests * 0.03 * random()),
      p50_ms: 420 + 120 * random(),
      p95_ms: 1900 + 500 * random() + (index > 38 && index < 43 ? 1400 : 0),
      cost_nano_usd: Math.round(requests * 4_310_017 * wave),
      input_tokens: requests * 1400,
      output_tokens: requests * 230,
    };
  });
  const sum = (of: (bucket: (typeof buckets)[number]) => number) =>
    buckets.reduce((all, one) => all + of(one), 0);
  return {
    now: new Date(nowMs).toISOString(),
    window_s: windowS,
    buckets,
    totals: {
      requests: sum((one) => one.requests),
      errors: sum((one) => one.errors),
      p95_ms: 2184,
      rate_limited_ratio: 0.0142,
      cache_hit_ratio: 0.183,
      cache_wrong_bound: 0.0074,
      fallback_ratio: 0.021,
      cost_nano_usd: sum((one) => one.cost_nano_usd),
    },
    spend_today: [
      { tenant: 'acme', cost_nano_usd: 182_430_117_400, average_7d_nano_usd: 121_000_000_000 },
      { tenant: longName, cost_nano_usd: 96_020_400_001, average_7d_nano_usd: 104_300_000_000 },
      { tenant: 'globex', cost_nano_usd: 61_400_000_000, average_7d_nano_usd: 18_200_000_000 },
      { tenant: 'initech', cost_nano_usd: 12_009_000_300, average_7d_nano_usd: 14_000_000_000 },
      { tenant: 'umbrella', cost_nano_usd: 4_100_000, average_7d_nano_usd: null },
    ],
    errors_by_provider: [
      { provider: 'claude', attempts: 5120, errors: 14 },
      { provider: 'openai', attempts: 4870, errors: 3 },
      { provider: 'azure', attempts: 2210, errors: 96 },
      { provider: 'gpu-cluster', attempts: 1804, errors: 0 },
    ],
    breakers: [
      { id: 'azure/gpt-4o-mini', state: 'open', retry_at: new Date(nowMs + 8200).toISOString() },
      { id: 'claude/claude-opus-4-8', state: 'half-open', retry_at: null },
      { id: 'claude/claude-sonnet-4-6', state: 'closed', retry_at: null },
      { id: 'openai/gpt-4o-mini', state: 'closed', retry_at: null },
      { id: 'gpu-cluster/qwen3-32b-instruct-awq', state: 'closed', retry_at: null },
    ],
    in_flight: 17,
  };
}

export function providers(nowMs: number): Provider[] {
  const target = (id: string, latency: number | null, inFlight: number, state = 'ok') => ({
    id,
    state,
    latency_ms: latency,
    in_flight: inFlight,
    breaker: state === 'ok' ? 'closed' : state === 'down' ? 'open' : 'half-open',
    retry_at: state === 'down' ? new Date(nowMs + 8200).toISOString() : null,
  });
  return [
    {
      name: 'claude',
      kind: 'anthropic',
      keys: 2,
      key_states: [target('claude#1', 590, 4), target('claude#2', 640, 3)],
      state: 'degraded',
      latency_ms: 612,
      attempts: 5120,
      errors: 14,
      targets: [
        target('claude/claude-sonnet-4-6', 612, 6),
        target('claude/claude-opus-4-8', 1430, 1, 'degraded'),
      ],
    },
    {
      name: 'openai',
      kind: 'openai',
      keys: 1,
      state: 'ok',
      latency_ms: 388,
      attempts: 4870,
      errors: 3,
      targets: [target('openai/gpt-4o-mini', 388, 8), target('openai/gpt-5.2', 905, 1)],
    },
    {
      name: 'azure',
      kind: 'azure',
      keys: 1,
      state: 'down',
      latency_ms: null,
      attempts: 2210,
      errors: 96,
      targets: [target('azure/gpt-4o-mini', null, 0, 'down')],
    },
    {
      name: 'gpu-cluster',
      kind: 'openai',
      keys: 0,
      state: 'ok',
      latency_ms: 95,
      attempts: 1804,
      errors: 0,
      targets: [target('gpu-cluster/qwen3-32b-instruct-awq', 95, 1)],
    },
  ];
}

const program = [
  ['00-ledger.yaml', 'ledger', 'plugin', 'writes what each request cost', ['settled'], 'closed'],
  ['10-keys.yaml', 'keys', 'plugin', 'checks virtual keys and tenants', ['onRequest'], 'closed'],
  [
    '20-limits.yaml',
    'token-limiter',
    'plugin',
    'requests, tokens and budgets',
    ['onRequest', 'settled'],
    'closed',
  ],
  [
    '30-eu-residency.policy.ts',
    'eu-residency',
    'policy',
    'keeps EU tenants in the EU (3 rules)',
    ['route'],
    'closed',
  ],
  [
    '40-cheap-first.policy.ts',
    'cheap-default',
    'policy',
    'short questions go to the small model (4 rules)',
    ['route'],
    'open',
  ],
  [
    '50-cache.yaml',
    'semantic-cache',
    'plugin',
    'answers again what was answered before',
    ['beforeUpstream', 'afterResponse'],
    'open',
  ],
  [
    '60-pii.yaml',
    'pii-redactor',
    'plugin',
    'masks personal data on the way out',
    ['beforeUpstream', 'afterResponse'],
    'closed',
  ],
] as const;

export function policies(version: string, nowMs: number): Policies {
  const versions = ['9f2c41d07a3be852', '41b09e7755c0d1fe', 'c07d5f1902ab6634'];
  return {
    version,
    read_only: false,
    problems: [
      {
        file: '40-cheap-first.policy.ts',
        line: 12,
        column: 3,
        severity: 'warning',
        message: 'rule "hard" can never match: "short" before it matches whatever it does',
      },
    ],
    table: program.map(([file, name, kind, words, hooks, onFailure], index) => ({
      order: index + 1,
      file,
      name,
      kind,
      mode: index === 4 ? 'shadow' : 'enforce',
      hooks: [...hooks],
      on_failure: onFailure,
      stream: index > 4 ? 'chunk (holds 64)' : '-',
      summary: words,
    })),
    files: program.map(([file]) => ({ name: file, text: `# ${file}\n` })),
    case_files: [{ name: 'cheap.policy.test.yaml', text: '' }],
    versions: versions.map((one, index) => ({
      version: one,
      activated_at: new Date(nowMs - index * 26 * 3_600_000 - 900_000).toISOString(),
      active: one === version,
      files: 7 - (index === 2 ? 1 : 0),
    })),
  };
}
