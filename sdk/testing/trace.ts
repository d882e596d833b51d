import { answeringAttempt, type Trace, type TraceAttempt } from '../trace.ts';

/** A record of an attempt that answered, or that failed where `failure` is given. */
export function attemptRecord(changes: Partial<TraceAttempt> = {}): TraceAttempt {
  return {
    number: 1,
    target: 'openai/gpt-x',
    provider: 'openai',
    startedMs: 0.5,
    spanId: 'b7ad6b7169203331',
    status: 200,
    failure: null,
    upstreamRequestId: null,
    firstByteMs: changes.failure ? null : 100.25,
    durationMs: 200,
    providerKey: null,
    usage: null,
    serviceTier: null,
    costNanoUsd: 0,
    hedge: false,
    ...changes,
  };
}

/** A record of a request. Its usage is that of the attempt that answered, as in records of the gateway. */
export function traceRecord(changes: Partial<Trace> = {}): Trace {
  const trace: Trace = {
    v: 1,
    requestId: 'req_1',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    parentSpanId: null,
    sampled: true,
    startedAtMs: 0,
    api: 'chat',
    stream: true,
    alias: 'smart',
    configVersion: 'c',
    policyVersion: 'p',
    tenant: 'acme',
    key: 'key_1',
    user: null,
    feature: null,
    session: null,
    steps: [],
    lost: [],
    plan: null,
    attempts: [attemptRecord()],
    passedOver: [],
    aside: null,
    asides: [],
    fallback: 'none',
    source: null,
    tags: {},
    outcome: 'complete',
    status: 200,
    errorCode: null,
    model: 'gpt-x-2026',
    usage: null,
    costNanoUsd: 0,
    dropped: [],
    durationMs: 201.5,
    overheadMs: 0.6,
    ...changes,
  };
  const canned = trace.steps.some(({ decision, shadow }) => decision === 'respond' && shadow !== true);
  const answering = canned ? undefined : answeringAttempt(trace.attempts);
  if (answering === undefined || answering.usage !== null || trace.usage === null) return trace;
  const attempts = trace.attempts.map((one) => (one === answering ? { ...one, usage: trace.usage } : one));
  return { ...trace, attempts };
}
