import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createPrices } from '../../../core/prices/prices.ts';
import { durationText } from '../../../plugins/token-limiter/amount-text.ts';
import { limitWithin, outputOf } from '../../../plugins/token-limiter/bound.ts';
import { Calendar, windowAt } from '../../../plugins/token-limiter/calendar.ts';
import { periods } from '../../../plugins/token-limiter/quantity.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { budget, budgetKey, harness, identity, priceTable, usage } from './harness.ts';

/** Text of any script: no tokenizer makes more tokens of it than it has bytes. */
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.lorem({ maxCount: 20 }));

/** A chat request, and what it may turn out to use within its limits. */
const asked = fc.record({
  texts: fc.array(text, { minLength: 1, maxLength: 4 }),
  limit: fc.option(fc.integer({ min: 0, max: 20_000 })),
  n: fc.integer({ min: 1, max: 3 }),
  effort: fc.constantFrom(undefined, 'none', 'low', 'high'),
  model: fc.constantFrom('cheap', 'dear', 'both'),
  target: fc.constantFrom('cheap', 'dear'),
  budget: fc.integer({ min: 0, max: 2_000_000_000 }),
  mode: fc.constantFrom('clamp', 'refuse'),
  share: fc.record({
    input: fc.double({ min: 0, max: 1, noNaN: true }),
    cacheRead: fc.double({ min: 0, max: 1, noNaN: true }),
    write5m: fc.double({ min: 0, max: 1, noNaN: true }),
    output: fc.double({ min: 0, max: 1, noNaN: true }),
    reasoning: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
});

/** Cached input costs more than usual here, so that a hold that forgets a class is found out. */
const prices = createPrices({
  ...priceTable,
  models: {
    openai: {
      cheap: {
        input: 1_000_000_001,
        output: 2_000_000_003,
        cacheRead: 100_000_007,
        cacheWrite5m: 1_250_000_011,
        reasoning: 3_000_000_013,
        longContext: [{ aboveInputTokens: 100, input: 2_000_000_000, output: 3_000_000_000 }],
      },
      dear: { input: 10_000_000_000, output: 20_000_000_000 },
    },
  },
});

t.test('whatever a request uses within its limits, it never costs more than is held', async () => {
  await fc.assert(
    fc.asyncProperty(asked, async (given) => {
      const { request, read } = await harness({ prices, file: { when_budget_is_short: given.mode } });
      const body = {
        messages: given.texts.map((content) => ({ role: 'user', content })),
        n: given.n,
        ...(given.limit === null ? undefined : { max_tokens: given.limit }),
        ...(given.effort === undefined ? undefined : { reasoning_effort: given.effort }),
      };
      const who = identity({ budget: budget(given.budget), tokensPerDay: 1e12 });
      const one = request({ model: given.model, body, identity: who });
      const decision = await one.start();
      const sent = decision?.type === 'continue' ? await one.attempt(given.target) : decision;
      if (sent === undefined || sent.type === 'continue') {
        if (sent?.changes !== undefined) one.body.change(sent.changes);
        const { held } = await read(budgetKey);
        const { held: heldTokens } = await read('tokens|key|k1|day|2026-01-01');
        assert.ok(held <= given.budget);

        // The template's tokens and every byte of the texts.
        const bytes = given.texts.reduce((sum, one) => sum + Buffer.byteLength(one), 0);
        const mostInput = bytes + 4 * given.texts.length + 3;
        const limit = one.body.view.maxOutputTokens ?? 0;
        const thinking = given.effort === 'low' ? 2048 : given.effort === 'high' ? 16_384 : 0;
        const raised = thinking > 0 && thinking >= limit && limit > 0 ? limit + thinking : limit;
        const input = Math.floor(mostInput * given.share.input);
        const read_ = Math.floor(input * given.share.cacheRead);
        const write = Math.floor((input - read_) * given.share.write5m);
        const output = Math.floor(raised * given.n * given.share.output);
        const used = usage(input - read_ - write, output, {
          cacheReadTokens: read_,
          cacheWrite5mTokens: write,
          reasoningTokens: Math.floor(output * given.share.reasoning),
        });
        await one.end({ usage: used });
        const { spent } = await read(budgetKey);
        assert.ok(spent <= held, `${spent} of ${held}`);
        assert.ok((await read('tokens|key|k1|day|2026-01-01')).spent <= heldTokens);
      } else {
        await one.end({ outcome: 'denied' });
        assert.equal((await read(budgetKey)).spent, 0);
      }
      assert.equal((await read(budgetKey)).held, 0);
    }),
    { numRuns: 150 },
  );
});

t.test('a clamp uses what there is: one token more would not have fitted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 100_000_000 }),
      fc.integer({ min: 17, max: 30_000 }),
      fc.integer({ min: 1, max: 4 }),
      async (limit, maxTokens, n) => {
        const { request, read } = await harness({ prices });
        const body = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: maxTokens, n };
        const one = request({ body, identity: identity({ budget: budget(limit) }) });
        const decision = await one.start();
        const { held } = await read(budgetKey);
        assert.ok(held <= limit);
        if (decision?.type === 'continue' && decision.changes !== undefined) {
          const clamped = decision.changes.maxOutputTokens!;
          assert.ok(clamped >= 16 && clamped < maxTokens);
          // The dearest class of output costs 3,000.000013 nano-dollars a token.
          assert.ok(held + n * 3001 + 2 > limit, `${clamped} of ${maxTokens} holds ${held} of ${limit}`);
        }
        await one.end();
      },
    ),
    { numRuns: 120 },
  );
});

t.test('an output limit within so many tokens never comes to more', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 40_000 }),
      fc.integer({ min: 1, max: 60_000 }),
      fc.integer({ min: 0, max: 200_000 }),
      (choices, thinking, limit, tokens) => {
        const bound = { api: 'chat' as const, choices, thinking };
        const lowered = limitWithin(bound, tokens, limit);
        assert.ok(lowered >= 0 && lowered <= limit);
        assert.ok(lowered === 0 || outputOf(bound, lowered) <= tokens);
      },
    ),
  );
});

t.test('windows follow each other without a gap, each under a name of its own', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...periods), fc.integer({ min: 0, max: Date.UTC(2100, 0) }), (per, nowMs) => {
      const window = windowAt(per, nowMs);
      assert.ok(window.startsAtMs <= nowMs && nowMs < (window.resetsAtMs ?? Number.POSITIVE_INFINITY));
      if (window.resetsAtMs === null) return;
      assert.deepEqual(windowAt(per, window.resetsAtMs - 1), window);
      const next = windowAt(per, window.resetsAtMs);
      assert.equal(next.startsAtMs, window.resetsAtMs);
      assert.notEqual(next.name, window.name);
    }),
  );
});

t.test('the calendar never goes back, whatever the machine’s clock does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 10_000_000 }), fc.integer({ min: -1e9, max: 1e9 }))),
      async (steps) => {
        const clock = new FakeClock();
        const calendar = new Calendar(clock);
        let last = calendar.now();
        for (const [waitMs, jumpMs] of steps) {
          await clock.advance(waitMs);
          clock.jump(jumpMs);
          const now = calendar.now();
          assert.ok(now >= last && now >= clock.now());
          assert.ok(calendar.window('day', now).startsAtMs <= now);
          last = now;
        }
      },
    ),
    { numRuns: 50 },
  );
});

t.test('durations are written as OpenAI writes them', async (t) => {
  t.strictSame([0, 0.2, 6, 999, 1000, 8640, 60_000, 360_000, 3_600_000, 90_061_500].map(durationText), [
    '0ms',
    '1ms',
    '6ms',
    '999ms',
    '1s',
    '8.64s',
    '1m0s',
    '6m0s',
    '1h0m0s',
    '25h1m1.5s',
  ]);
});
