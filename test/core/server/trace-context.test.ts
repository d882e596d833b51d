import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { isSampled, traceContextOf } from '../../../core/server/trace-context.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

t.test('a traceparent is read as the standard says', async (t) => {
  const known = { traceId, parentSpanId: spanId, recorded: true };
  t.strictSame(traceContextOf(`00-${traceId}-${spanId}-01`), known);
  t.strictSame(traceContextOf(`00-${traceId}-${spanId}-00`), { ...known, recorded: false });
  t.strictSame(traceContextOf(`00-${traceId}-${spanId}-03`), known, 'other flags are of no matter');
  t.strictSame(traceContextOf(`cc-${traceId}-${spanId}-01`), known, 'a later version');
  t.strictSame(traceContextOf(`cc-${traceId}-${spanId}-01-more`), known, 'a later version may say more');
});

t.test('what is malformed is as if it were not there', async (t) => {
  for (const bad of [
    undefined,
    '',
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId}-${spanId}-1`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${spanId}`,
    `cc-${traceId}-${spanId}-01more`,
    ` 00-${traceId}-${spanId}-01`,
  ]) {
    t.equal(traceContextOf(bad), null, bad ?? 'absent');
  }
});

t.test('a share of the traces is sampled, a smaller one is within a larger one', async () => {
  const id = fc.stringMatching(/^[0-9a-f]{32}$/);
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(id, share, share, (trace, one, other) => {
      const [small, large] = [Math.min(one, other), Math.max(one, other)];
      assert.ok(!isSampled(trace, null, small) || isSampled(trace, null, large));
      assert.ok(isSampled(trace, null, 1));
      assert.ok(!isSampled(trace, null, 0));
      assert.ok(!isSampled(trace, { traceId: trace, parentSpanId: spanId, recorded: false }, large));
    }),
  );
  const sampled = Array.from({ length: 4096 }, (_, index) =>
    isSampled(`${'a'.repeat(20)}${index.toString(16).padStart(3, '0')}${'0'.repeat(9)}`, null, 0.25),
  ).filter(Boolean);
  assert.equal(sampled.length, 1024);
});
