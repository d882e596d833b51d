import t from 'tap';
import { explainTrace } from '../../../core/trace/explain-text.ts';
import { attemptRecord, traceRecord } from '../../../sdk/testing/trace.ts';
import type { RuleTrace, Trace } from '../../../sdk/trace.ts';

const rule = (name: string, more: Partial<RuleTrace> = {}): RuleTrace => ({
  policy: 'p',
  rule: name,
  at: '10-p.policy.ts:3',
  matched: true,
  leaves: [],
  us: 1,
  fuel: 0,
  ...more,
});

const complete: Trace = traceRecord({
  stream: false,
  policyVersion: 'v1',
  key: 'none',
  plan: { targets: ['up/a', 'up/b'], constraints: ['only(region: eu) of p/pin'] },
  attempts: [
    attemptRecord({
      target: 'up/a',
      provider: 'up',
      startedMs: 0,
      status: null,
      failure: 'timeout',
      durationMs: 1,
    }),
    attemptRecord({ number: 2, target: 'up/b', provider: 'up', startedMs: 0, firstByteMs: 1, durationMs: 1 }),
  ],
  tags: { lane: 'hard' },
  outcome: 'complete',
  status: 200,
  errorCode: null,
  model: 'b',
  usage: null,
  dropped: ['top_k'],
  durationMs: 1,
  overheadMs: 1,
});

t.test('the way of a request: verdict, plan, attempts, tags, what could not be carried', async (t) => {
  t.strictSame(explainTrace(complete), [
    'smart was answered by up/b at attempt 2, status 200',
    'request req_1, policies v1, tenant acme',
    'target: up/a',
    'chain: up/a → up/b',
    'constraint: only(region: eu) of p/pin',
    'attempt 1: up/a timeout',
    'attempt 2: up/b answered 200',
    'tags: lane=hard',
    'dropped: top_k',
    '',
  ]);
});

t.test('each way of ending has its sentence', async (t) => {
  const steps = [
    {
      hook: 'onRequest',
      file: '10-p.policy.ts',
      name: 'p',
      decision: 'deny',
      reason: 'p/no',
      rules: [rule('no')],
      startedMs: 0,
      durationUs: 1,
    },
  ] as const;
  const failed = [
    {
      hook: 'route',
      file: '20-k.yaml',
      name: 'k',
      decision: 'error',
      error: 'down',
      startedMs: 0,
      durationUs: 1,
    },
  ] as const;
  const first = (more: Partial<Trace>) => explainTrace({ ...complete, ...more })[0];
  t.equal(first({ attempts: [] }), 'smart was answered by a policy, status 200');
  const cached = [
    {
      hook: 'onRequest',
      file: '50-cache.yaml',
      name: 'cache',
      decision: 'respond',
      role: 'cache',
      startedMs: 0,
      durationUs: 1,
    },
  ] as const;
  t.equal(
    first({ source: 'exact', steps: cached }),
    'smart was answered by the cache (exact), status 200',
    'also where a target was asked and did not answer',
  );
  const givenUp = { ...complete.attempts[0]!, number: 3, failure: null };
  const hedged = explainTrace({ ...complete, attempts: [...complete.attempts, givenUp] });
  t.equal(hedged[0], 'smart was answered by up/b at attempt 2, status 200');
  t.ok(hedged.includes('attempt 3: up/a given up'));
  t.equal(
    first({ outcome: 'denied', status: 403, errorCode: 'no', steps }),
    'smart was denied by p/no (10-p.policy.ts:3): 403 no',
  );
  t.equal(
    first({ outcome: 'denied', status: 503, errorCode: 'policy_error', steps: failed }),
    'smart was denied by k (20-k.yaml), which could not decide: 503 policy_error',
  );
  t.equal(
    first({ outcome: 'failed', status: 502, errorCode: 'upstream_error' }),
    'smart failed: 502 upstream_error',
  );
  t.match(first({ outcome: 'client_gone' }), /the client left/);
  t.match(
    first({ outcome: 'interrupted', errorCode: 'stream_interrupted' }),
    /broke off.*stream_interrupted/,
  );
  t.match(first({ outcome: 'shutdown' }), /shut down/);
});

t.test('winners and losers of a slot are named, of plugins and of policies', async (t) => {
  const lines = explainTrace({
    ...complete,
    steps: [
      {
        hook: 'route',
        file: '05-fb.yaml',
        name: 'fb',
        decision: 'continue',
        wrote: { fallbacks: ['up/b'], target: { to: 'up/x' } },
        startedMs: 0,
        durationUs: 1,
      },
      {
        hook: 'route',
        file: '10-p.policy.ts',
        name: 'p',
        decision: 'continue',
        rules: [rule('hard', { wrote: { target: 'up/a' } }), rule('soft', { matched: false })],
        startedMs: 0,
        durationUs: 1,
      },
      {
        hook: 'route',
        file: '20-s.policy.ts',
        name: 's',
        decision: 'continue',
        shadow: true,
        rules: [rule('s', { policy: 's', wrote: { retry: { max: 1 } } })],
        startedMs: 0,
        durationUs: 1,
      },
    ],
    lost: [{ policy: 'fb', rule: null, slot: 'target', value: { to: 'up/x' }, why: 'override p/hard' }],
  });
  t.ok(lines.includes('slot target: up/a ← p/hard (10-p.policy.ts:3)'));
  t.ok(lines.includes('slot fallbacks: up/b ← fb (05-fb.yaml)'));
  t.notOk(
    lines.some((line) => line.startsWith('slot retry')),
    'a shadow writes nothing',
  );
  t.ok(lines.some((line) => line.startsWith('route (shadow): ')));
  t.ok(lines.includes('route: no match ← p/soft (10-p.policy.ts:3): always'));
  t.ok(lines.some((line) => line.includes('lost to up/a: override p/hard (fb)')));
});

t.test('a policy that could not decide shows its error', async (t) => {
  const steps = [
    {
      hook: 'onRequest',
      file: '10-p.policy.ts',
      name: 'p',
      decision: 'error',
      error: 'boom',
      rules: [rule('r', { matched: false, error: 'boom at 3' })],
      startedMs: 0,
      durationUs: 1,
    },
    {
      hook: 'onRequest',
      file: '20-q.yaml',
      name: 'q',
      decision: 'error',
      error: 'no decision',
      startedMs: 0,
      durationUs: 1,
    },
  ] as const;
  const lines = explainTrace({ ...complete, steps }, { all: false });
  t.ok(lines.includes('onRequest: error ← p/r (10-p.policy.ts:3): boom at 3'));
  t.ok(lines.includes('onRequest: error ← q (20-q.yaml): no decision'));
});
