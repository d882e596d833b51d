import fc from 'fast-check';
import t from 'tap';
import { readStamps, toStamp } from './stamp.ts';

const tenths = fc.integer({ min: 0, max: 1e14 });

t.test('every stamp in a stream is read once, wherever the stream is cut', (t) => {
  fc.assert(
    fc.property(fc.array(tenths), fc.nat(), (times, cut) => {
      const bytes = Buffer.from(times.map((time) => `{"text":"~a ${toStamp(time / 10)}"}\n\n`).join(''));
      const at = bytes.length === 0 ? 0 : cut % bytes.length;
      const seen: number[] = [];
      const found = (us: number): void => {
        seen.push(Math.round(us * 10));
      };
      const used = readStamps(bytes.subarray(0, at), found);
      readStamps(bytes.subarray(used), found);
      t.same(seen, times);
    }),
  );
  t.end();
});

t.test('a stamp has no digit in it that a filter could take for a number', (t) => {
  t.match(toStamp(1234567.8), /^~[a-j]{16}$/);
  t.end();
});
