import type { Summary } from '../../playground/src/api/types.ts';
import type { Trace } from '../../sdk/trace.ts';

/** The decision record of a fixture request. */
export function record(row: Summary): Trace {
  const denied = row.outcome === 'denied';
  const target = row.model === null || row.provider === null ? null : `${row.provider}/${row.model}`;
  const startedAtMs = Date.parse(row.at);
  return {
    v: 1,
    requestId: row.request_id,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    parentSpanId: null,
    sampled: true,
    startedAtMs,
    api: row.api,
    stream: row.stream,
    alias: row.alias,
    configVersion: 'c1',
    policyVersion: '9f2c41d07a3be852',
    tenant: row.tenant,
    key: row.key,
    user: null,
    feature: row.feature,
    session: null,
    steps: [
      step(
        'onRequest',
        '10-keys.yaml',
        'keys',
        row.denied_by === '10-keys.yaml' ? 'deny' : 'continue',
        0.2,
        130,
      ),
      step(
        'onRequest',
        '20-limits.yaml',
        'token-limiter',
        row.denied_by === '20-limits.yaml' ? 'deny' : 'continue',
        0.4,
        210,
      ),
      ...(denied
        ? []
        : [
            {
              ...step('route', '40-cheap-first.policy.ts', 'cheap-default', 'continue', 0.7, 380),
              rules: [
                {
                  policy: 'cheap-default',
                  rule: 'short',
                  at: '40-cheap-first.policy.ts:6',
                  matched: false,
                  leaves: [
                    { leaf: 'tokensIn', args: [{ lt: 200 }], saw: row.input_tokens ?? 0, result: false },
                  ],
                  us: 4,
                  fuel: 0,
                },
                {
                  policy: 'cheap-default',
                  rule: 'hard',
                  at: '40-cheap-first.policy.ts:12',
                  matched: true,
                  leaves: [
                    { leaf: 'tokensIn', args: [{ gte: 200 }], saw: row.input_tokens ?? 0, result: true },
                  ],
                  wrote: { target: row.alias },
                  us: 6,
                  fuel: 0,
                },
              ],
            },
          ]),
    ],
    lost: denied
      ? []
      : [
          {
            policy: 'exp-42',
            rule: 'ab',
            slot: 'target',
            value: 'candidate',
            why: 'first writer cheap-default/hard',
          },
        ],
    plan:
      denied || target === null
        ? null
        : { targets: [target, 'openai/gpt-5.2'], constraints: ['only(region: eu) ← eu-residency/pin'] },
    attempts:
      target === null
        ? []
        : Array.from({ length: Math.max(1, row.attempts) }, (_, index) => {
            const last = index === Math.max(1, row.attempts) - 1;
            const bad = !last || row.outcome === 'failed';
            return {
              number: index + 1,
              target: index === 0 ? target : 'openai/gpt-5.2',
              provider: index === 0 ? row.provider! : 'openai',
              startedMs: 1.4 + index * (row.duration_ms / 4),
              spanId: '00f067aa0ba902b7',
              status: bad ? 503 : 200,
              failure: bad ? ('overloaded' as const) : null,
              upstreamRequestId: null,
              firstByteMs: bad ? null : row.duration_ms / 4,
              durationMs: bad
                ? row.duration_ms / 5
                : Math.max(1, row.duration_ms - 3 - index * (row.duration_ms / 4)),
              providerKey: 1,
              usage: null,
              serviceTier: null,
              costNanoUsd: bad ? 0 : row.cost_nano_usd,
              hedge: false,
            };
          }),
    passedOver: denied ? [] : [{ target: 'azure/gpt-4o-mini', why: 'breaker open for 8.2 s' }],
    aside: null,
    asides: [],
    fallback: row.fallback === 'cross-vendor' ? 'cross-vendor' : 'none',
    source: row.cache === 'exact' || row.cache === 'semantic' ? row.cache : null,
    tags: { tier: 'standard' },
    outcome: row.outcome as Trace['outcome'],
    status: row.status,
    errorCode: row.error_code,
    model: row.model,
    usage: null,
    costNanoUsd: row.cost_nano_usd,
    dropped: [],
    durationMs: row.duration_ms,
    overheadMs: row.overhead_ms ?? 0,
  };
}

function step(
  hook: 'onRequest' | 'route',
  file: string,
  name: string,
  decision: 'continue' | 'deny',
  startedMs: number,
  durationUs: number,
): Trace['steps'][number] {
  return {
    hook,
    file,
    name,
    decision,
    ...(decision === 'deny'
      ? {
          reason:
            name === 'keys'
              ? 'the key may not use smart'
              : 'tenant has used 300 of 300 requests in this minute',
        }
      : undefined),
    startedMs,
    durationUs,
  };
}
