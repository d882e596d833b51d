import fc from 'fast-check';
import t from 'tap';
import { makeCleaner } from '../../../core/sandbox/guest/cleaner.ts';
import { captureIntrinsics } from '../../../core/sandbox/guest/intrinsics.ts';

// The cleaner is guest code, but plain enough to run here too, where many inputs are cheap.
const clean = makeCleaner(captureIntrinsics());

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 8 },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 5 },
    ),
  ),
})).value;

t.test('plain data crosses unchanged', async () => {
  fc.assert(
    fc.property(plain, (value) => {
      const text = clean(value);
      if (text[0] !== 'v') throw new Error(text);
      return JSON.stringify(JSON.parse(text.slice(1))) === JSON.stringify(value);
    }),
  );
});

t.test('whatever comes in, the text is JSON or a refusal with a reason', async () => {
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withSparseArray: true,
        withTypedArray: true,
      }),
      (value) => {
        const text = clean(value);
        if (text[0] === 'v') JSON.parse(text.slice(1));
        return 'vro'.includes(text[0] as string) && text.length > 1;
      },
    ),
  );
});

t.test('each property is read once', async (t) => {
  let reads = 0;
  const value = {
    get a() {
      reads += 1;
      return {
        get b() {
          reads += 1;
          return 1;
        },
      };
    },
  };
  t.equal(clean(value), 'v{"a":{"b":1}}');
  t.equal(reads, 2);
});

t.test('what a getter throws is thrown on', async (t) => {
  t.throws(
    () =>
      clean({
        get a() {
          throw new Error('mine');
        },
      }),
    { message: 'mine' },
  );
});
