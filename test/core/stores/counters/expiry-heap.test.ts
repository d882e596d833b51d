import fc from 'fast-check';
import t from 'tap';
import { ExpiryHeap } from '../../../../core/stores/counters/expiry-heap.ts';

t.test('the first to expire is always found, whatever was moved and taken out', async (t) => {
  const step = fc.record({ index: fc.nat(40), atMs: fc.option(fc.nat(1000), { nil: null }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.nat(1000), (steps, nowMs) => {
      const heap = new ExpiryHeap();
      const times = new Map<number, number>();
      for (let index = 0; index <= 40; index += 1) {
        heap.set(index, 2000);
        times.set(index, 2000);
      }
      for (const { index, atMs } of steps) {
        if (atMs === null) {
          heap.remove(index);
          times.delete(index);
        } else {
          heap.set(index, atMs);
          times.set(index, atMs);
        }
        if (heap.size !== times.size) throw new Error('sizes differ');
      }
      const due = [...times.values()].filter((atMs) => atMs <= nowMs).sort((a, b) => a - b);
      for (const atMs of due) {
        const index = heap.due(nowMs);
        if (heap.atMs(index) !== atMs) throw new Error(`expected one that expires at ${atMs}`);
        heap.remove(index);
      }
      if (heap.due(nowMs) !== -1) throw new Error('one too many is due');
    }),
  );
  t.pass();
});
