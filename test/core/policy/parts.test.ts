import fc from 'fast-check';
import t from 'tap';
import { globMatcher } from '../../../core/policy/glob.ts';
import { hashShare } from '../../../core/policy/hash.ts';
import { nearest } from '../../../core/text/nearest.ts';
import { requestContext } from './_facts.ts';
import { stepsOf } from './_policy.ts';

t.test('a glob matches what the same regular expression would', async () => {
  const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 });
  fc.assert(
    fc.property(glob, name, (glob, name) => {
      const reference = new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      return globMatcher(glob)(name) === reference.test(name);
    }),
    { numRuns: 1000 },
  );
});

t.test('the guest’s hash is the host’s', async (t) => {
  const texts = ['', 'ada', 'user-1', 'user-2', 'Ünïcødé 😀'];
  const [step] = await stepsOf(
    `export function onRequest() { return [tag(Object.fromEntries(${JSON.stringify(texts)}.map((x: string) => ['x' + x, String(hash(x, 'salt'))])))]; }`.replace(
      'export',
      "import { tag, hash } from 'sluice';\nexport",
    ),
  );
  const decision = await step!.onRequest!(requestContext(), undefined);
  t.same(
    decision!.tags,
    Object.fromEntries(texts.map((text) => [`x${text}`, String(hashShare(text, 'salt'))])),
  );
});

t.test('hashes are spread evenly, neighbours too', async (t) => {
  const buckets = new Array<number>(10).fill(0);
  for (let i = 0; i < 20_000; i++) buckets[Math.floor(hashShare(`user-${i}`, 's') * 10)]! += 1;
  t.ok(
    buckets.every((count) => Math.abs(count - 2000) < 200),
    buckets.join(' '),
  );
});

t.test('the nearest name is found for one slip, and none for a stranger', async (t) => {
  t.equal(nearest('teir', ['tier', 'tenant']), 'tier');
  t.equal(nearest('frontir', ['mini', 'frontier']), 'frontier');
  t.equal(nearest('xyzzy', ['mini', 'frontier']), undefined);
});
