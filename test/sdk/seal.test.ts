import fc from 'fast-check';
import t from 'tap';
import { openSeal, type SealOf, wrapSeal } from '../../sdk/seal.ts';

t.test('a wrapped seal opens to what it was, whatever its value holds', async (t) => {
  const kinds: readonly SealOf[] = ['reasoning', 'redacted', 'call', 'text'];
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z0-9-]{1,12}$/),
      fc.constantFrom(...kinds),
      fc.string({ unit: 'binary' }),
      (issuer, of, value) => {
        t.same(openSeal(wrapSeal({ issuer, value }, of)), { seal: { issuer, value }, of });
      },
    ),
    { numRuns: 200 },
  );
});

t.test('a text that is no wrapped seal opens to nothing', async (t) => {
  for (const text of [
    '',
    'EqQBCkgIBxABGAIi',
    'sluice',
    'sluice:',
    'sluice:google',
    'sluice:google:other:x',
  ]) {
    t.equal(openSeal(text), null, text);
  }
});
