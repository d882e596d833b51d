import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { rebase } from '../../playground/src/playground/rebase.ts';

const folder = (texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).map(([name, text]) => ({ name, text }));
const textsOf = (files: readonly { readonly name: string; readonly text: string }[]) =>
  Object.fromEntries(files.map(({ name, text }) => [name, text]));

t.test('what only one side changed is taken from that side', async (t) => {
  const base = folder({ a: '1', b: '1', c: '1', d: '1' });
  const draft = folder({ a: '2', b: '1', c: '1', mine: 'x' });
  const live = folder({ a: '1', b: '2', d: '1', theirs: 'y' });
  const { files, conflicts } = rebase(base, draft, live);
  t.strictSame(textsOf(files), { a: '2', b: '2', mine: 'x', theirs: 'y' });
  t.strictSame(conflicts, []);
});

t.test('what both changed stays as the draft has it, and is named', async (t) => {
  const { files, conflicts } = rebase(
    folder({ a: '1', b: '1', c: '1' }),
    folder({ a: '2', b: '2' }),
    folder({ a: '3', b: '2', c: '3' }),
  );
  t.strictSame(textsOf(files), { a: '2', b: '2' });
  t.strictSame(conflicts, ['a', 'c']);
});

t.test('an untouched draft becomes the live folder, and an unchanged folder takes the draft', async () => {
  const some = fc
    .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2', '3'), {
      noNullPrototype: true,
    })
    .map(folder);
  fc.assert(
    fc.property(some, some, (base, other) => {
      assert.deepEqual(textsOf(rebase(base, base, other).files), textsOf(other));
      assert.deepEqual(textsOf(rebase(base, other, base).files), textsOf(other));
      assert.deepEqual(rebase(base, other, other).conflicts, []);
    }),
  );
});
