import assert from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import type { BreakerRule, HealthCall } from '../../../sdk/health.ts';
import type { FailureKind } from '../../../sdk/target.ts';
import { healthAt } from './_rule.ts';

type End = 'succeeded' | 'left' | { readonly kind: FailureKind; readonly restMs: number | null };

type Step =
  | { readonly type: 'enter'; readonly ruled: boolean }
  | { readonly type: 'end'; readonly which: number; readonly end: End; readonly twice: boolean }
  | { readonly type: 'pass'; readonly ms: number };

interface ModelCall {
  readonly call: HealthCall;
  readonly ruled: boolean;
  readonly probe: boolean;
  readonly era: number;
  done: boolean;
}

/** The breaker as one would tell it: every end is kept, and counted anew each time. */
class Model {
  nowMs = 0;
  ends: { readonly bucket: number; readonly failed: boolean }[] = [];
  row = 0;
  openUntilMs: number | null = null;
  cooldowns = 1;
  probing = false;
  era = 0;
  restUntilMs = 0;
  readonly rule: BreakerRule;

  constructor(rule: BreakerRule) {
    this.rule = rule;
  }

  get breaker(): 'closed' | 'open' | 'half-open' {
    if (this.openUntilMs === null) return 'closed';
    return this.nowMs < this.openUntilMs ? 'open' : 'half-open';
  }

  get mayEnter(): boolean {
    return this.restUntilMs <= this.nowMs && this.breaker !== 'open' && !this.probing;
  }

  end({ ruled, probe, era }: ModelCall, end: End): void {
    const own = ['invalid_request', 'content_filter', 'context_length', 'unsupported', 'not_found'];
    let result: 'good' | 'bad' | 'nothing' = end === 'succeeded' ? 'good' : 'nothing';
    if (typeof end === 'object' && !own.includes(end.kind)) {
      const restMs = end.restMs ?? 0;
      if (restMs > 0) this.restUntilMs = Math.max(this.restUntilMs, this.nowMs + restMs);
      result = restMs > 0 && ['rate_limit', 'overloaded'].includes(end.kind) ? 'nothing' : 'bad';
    }
    if (!ruled) return;
    if (probe) {
      this.probing = false;
      if (result === 'good') {
        this.openUntilMs = null;
        this.cooldowns = 1;
        this.row = 0;
        this.ends = [];
        this.era += 1;
      } else if (result === 'bad') {
        this.cooldowns = Math.min(8, this.cooldowns * 2);
        this.openUntilMs = this.nowMs + this.rule.cooldownMs * this.cooldowns;
      }
      return;
    }
    if (result === 'nothing' || era !== this.era || this.openUntilMs !== null) return;
    const bucket = Math.floor(this.nowMs / (this.rule.windowMs / 10));
    this.ends.push({ bucket, failed: result === 'bad' });
    this.row = result === 'bad' ? this.row + 1 : 0;
    if (result === 'good') return;
    const recent = this.ends.filter((one) => one.bucket > bucket - 10);
    const failures = recent.filter(({ failed }) => failed).length;
    const share = recent.length >= this.rule.minCalls && failures / recent.length >= this.rule.errorRatio;
    if (this.row >= this.rule.consecutive || share) {
      this.openUntilMs = this.nowMs + this.rule.cooldownMs;
      this.era += 1;
    }
  }
}

const end: fc.Arbitrary<End> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<End>('succeeded') },
  { weight: 1, arbitrary: fc.constant<End>('left') },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom<FailureKind>(
        'server_error',
        'timeout',
        'rate_limit',
        'overloaded',
        'auth',
        'not_found',
      ),
      restMs: fc.option(fc.constantFrom(0, 50, 300)),
    }),
  },
);
const enter = (ruled: boolean): Step => ({ type: 'enter', ruled });
const pass = (ms: number): Step => ({ type: 'pass', ms });
/** Ends the call that began last. */
const endNewest = (how: End): Step => ({ type: 'end', which: -1, end: how, twice: false });
const serverError: End = { kind: 'server_error', restMs: null };

/** Single steps, and short stories that random steps would hardly tell: an outage, a probe, one outage after another. */
const steps: fc.Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(9).map((number) => [enter(number > 0)]) },
  {
    weight: 4,
    arbitrary: fc
      .record({ which: fc.nat(1000), end, twice: fc.boolean() })
      .map((one) => [{ type: 'end' as const, ...one }]),
  },
  { weight: 2, arbitrary: fc.constantFrom(1, 30, 100, 250, 900, 6000).map((ms) => [pass(ms)]) },
  {
    weight: 3,
    arbitrary: fc
      .integer({ min: 1, max: 7 })
      .map((count) => Array.from({ length: count }, () => [enter(true), endNewest(serverError)]).flat()),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(100, 200, 400, 800, 1600), end)
      .map(([ms, how]) => [pass(ms), enter(true), endNewest(how), enter(true)]),
  },
);
const rules: fc.Arbitrary<BreakerRule> = fc.record({
  consecutive: fc.integer({ min: 1, max: 6 }),
  errorRatio: fc.constantFrom(0.2, 0.5, 0.75, 1),
  windowMs: fc.constantFrom(500, 1000),
  minCalls: fc.integer({ min: 2, max: 8 }),
  cooldownMs: fc.constantFrom(100, 200),
});

function endCall(call: HealthCall, how: End): void {
  if (how === 'succeeded') call.succeeded(1);
  else if (how === 'left') call.left();
  else call.failed(how.kind, how.restMs);
}

t.test('whatever is called, ends and passes, the breaker does what the model says', async () => {
  fc.assert(
    fc.property(rules, fc.array(steps, { maxLength: 60 }), (rule, stories) => {
      const { health, clock } = healthAt();
      const model = new Model(rule);
      const calls: ModelCall[] = [];
      let ended = 0;
      for (const one of stories.flat()) {
        const open = calls.filter(({ done }) => !done);
        if (one.type === 'pass') {
          clock.ms += one.ms;
          model.nowMs = clock.ms;
        } else if (one.type === 'enter') {
          const may = !one.ruled || model.mayEnter;
          const entered = health.enter('x', one.ruled ? rule : null);
          assert.strictEqual(entered.type, may ? 'call' : 'wait');
          if (entered.type === 'call') {
            const probe = one.ruled && model.openUntilMs !== null;
            assert.strictEqual(entered.probe, probe);
            if (probe) model.probing = true;
            calls.push({ call: entered, ruled: one.ruled, probe, era: model.era, done: false });
          } else assert.ok(entered.retryAfterMs > 0);
        } else if (open.length > 0) {
          const chosen = one.which < 0 ? open.at(-1)! : open[one.which % open.length]!;
          chosen.done = true;
          ended += one.end === 'left' ? 0 : 1;
          endCall(chosen.call, one.end);
          model.end(chosen, one.end);
          if (one.twice) for (const again of ['succeeded', 'left'] as const) endCall(chosen.call, again);
        }
        const state = health.of('x');
        const underWay = calls.filter(({ done }) => !done);
        assert.ok(underWay.filter(({ probe }) => probe).length <= 1, 'never two probes at once');
        assert.strictEqual(state.breaker, model.breaker);
        assert.strictEqual(state.inFlight, underWay.length);
        assert.strictEqual(state.successes + state.failures, ended, 'every call ends once');
        assert.strictEqual(state.waitMs === 0, model.mayEnter, 'what is told of waits is true');
      }
      for (const { call } of calls) call.left();
      assert.strictEqual(health.of('x').inFlight, 0);
    }),
    { numRuns: 1500 },
  );
});
