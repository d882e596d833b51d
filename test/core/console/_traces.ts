import type { Trace, TraceAttempt } from '../../../sdk/trace.ts';

/** A record with what a test says and nothing else. */
export function traceOf(more: Partial<Trace> = {}): Trace {
  return {
    v: 1,
    requestId: 'req_1',
    traceId: 't',
    parentSpanId: null,
    sampled: true,
    startedAtMs: Date.UTC(2026, 0, 1),
    api: 'chat',
    stream: false,
    alias: 'test',
    configVersion: 'c',
    policyVersion: 'p',
    tenant: 'acme',
    key: 'k1',
    user: null,
    feature: null,
    session: null,
    steps: [],
    lost: [],
    plan: null,
    attempts: [],
    passedOver: [],
    aside: null,
    asides: [],
    fallback: 'none',
    source: null,
    tags: {},
    outcome: 'complete',
    status: 200,
    errorCode: null,
    model: 'm',
    usage: null,
    costNanoUsd: 0,
    dropped: [],
    durationMs: 10,
    overheadMs: 1,
    ...more,
  };
}

export function attemptOf(provider: string, failure: TraceAttempt['failure'] = null): TraceAttempt {
  return {
    number: 1,
    target: `${provider}/m`,
    provider,
    startedMs: 0,
    spanId: 's',
    status: 200,
    failure,
    upstreamRequestId: null,
    firstByteMs: failure === null ? 5 : null,
    durationMs: 10,
    providerKey: null,
    usage: null,
    serviceTier: null,
    costNanoUsd: 0,
    hedge: false,
  };
}
