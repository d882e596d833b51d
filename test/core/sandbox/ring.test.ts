import fc from 'fast-check';
import t from 'tap';
import { CELL, newMailboxMemory, openMailbox } from '../../../core/sandbox/ring.ts';

t.test('frames come out as they went in, in order, whatever their sizes and the reader’s pace', async () => {
  const step = fc.oneof(
    fc.record({ write: fc.integer({ min: 8, max: 260_000 }) }),
    fc.record({ read: fc.integer({ min: 1, max: 5 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const shared = newMailboxMemory();
      const writer = openMailbox(shared);
      const reader = openMailbox(shared);
      const sent: [number, number][] = [];
      let next = 1;
      const readOne = (): boolean => {
        const at = reader.requests.peek();
        if (at < 0) return false;
        const [mark, bytes] = sent.shift() as [number, number];
        const last = (at + bytes - 4) >> 2;
        const ok = bytes < 12 ? true : reader.words[(at >> 2) + 1] === mark && reader.words[last] === mark;
        reader.requests.release();
        if (!ok) throw new Error(`frame ${mark} came out wrong`);
        return true;
      };
      for (const one of steps) {
        if ('read' in one) {
          for (let count = 0; count < one.read; count++) readOne();
          continue;
        }
        const bytes = (one.write + 7) & ~7;
        const at = writer.requests.reserve(bytes);
        if (at < 0) {
          if (sent.length === 0) throw new Error('an empty ring refused a frame');
          continue;
        }
        writer.words[(at >> 2) + 1] = next;
        if (bytes >= 12) writer.words[(at + bytes - 4) >> 2] = next;
        writer.requests.commit(bytes);
        sent.push([next, bytes]);
        next += 1;
      }
      while (readOne());
      return sent.length === 0;
    }),
    { numRuns: 60 },
  );
});

t.test('the two directions do not touch each other', async (t) => {
  const { requests, answers, cells } = openMailbox(newMailboxMemory());
  t.ok(requests.reserve(64) >= 0);
  requests.commit(64);
  t.equal(answers.peek(), -1);
  t.equal(cells[CELL.answerTail], 0);
  t.ok(requests.peek() >= 0);
});
