import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import {
  fromFragment,
  fromText,
  isFileName,
  maxStateBytes,
  type SharedState,
  ShareError,
  toFragment,
} from '../../playground/src/playground/share.ts';

const state: SharedState = {
  v: 1,
  files: [{ name: '10-a.policy.ts', text: "import { policy } from 'sluice';\n// é 𝄞\n" }],
  given: { request: { lastUser: 'Hello', tools: ['search'] }, upstream: [{ chunks: ['a', 'b'] }] },
  active: '10-a.policy.ts',
};

t.test('a state comes back from its link as it was', async (t) => {
  t.strictSame(await fromFragment(await toFragment(state)), state);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,8}\.policy\.ts$/), { maxLength: 4 }),
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      async (names, text) => {
        const files = names.map((name) => ({ name, text }));
        const one = { ...state, files, active: names[0] ?? '' };
        assert.deepEqual(await fromFragment(await toFragment(one)), one);
      },
    ),
    { numRuns: 60 },
  );
});

t.test('the fragment is of letters that addresses may have', async (t) => {
  t.match(await toFragment(state), /^#p1\/[\w-]+$/);
});

t.test('other fragments are none of ours', async (t) => {
  t.equal(await fromFragment(''), null);
  t.equal(await fromFragment('#main'), null);
});

const linkOf = (text: string | Buffer) => `#p1/${deflateRawSync(text).toString('base64url')}`;

t.test('a link that unpacks without end is refused before it fills the memory', async (t) => {
  const bomb = linkOf(Buffer.alloc(200 * maxStateBytes));
  t.ok(bomb.length < maxStateBytes, 'it is small itself');
  await t.rejects(fromFragment(bomb), /unpacks to more than 1000000 bytes/);
});

t.test('what is damaged, cut or of another kind says so', async (t) => {
  const whole = await toFragment(state);
  await t.rejects(fromFragment(whole.slice(0, -12)), ShareError);
  await t.rejects(fromFragment('#p1/%%%'), /damaged/);
  await t.rejects(fromFragment(linkOf('no JSON')), /not JSON/);
  for (const wrong of [
    null,
    [],
    { ...state, v: 2 },
    { ...state, files: [{ name: '../../etc/passwd', text: '' }] },
    { ...state, files: [{ name: 'a.policy.ts', text: 1 }] },
    { ...state, files: [state.files[0], state.files[0]] },
    { ...state, given: [] },
    { ...state, files: Array.from({ length: 101 }, (_, i) => ({ name: `${i}.policy.ts`, text: '' })) },
  ]) {
    await t.rejects(
      fromFragment(linkOf(JSON.stringify(wrong))),
      ShareError,
      JSON.stringify(wrong)?.slice(0, 60),
    );
  }
});

t.test('any bytes are a state or a ShareError', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
      try {
        await fromFragment(`#p1/${Buffer.from(bytes).toString('base64url')}`);
      } catch (error) {
        assert.ok(error instanceof ShareError);
      }
    }),
    { numRuns: 150 },
  );
  t.pass('150 fragments');
});

t.test('an export is read with nothing but what belongs in it', async (t) => {
  const more = { ...state, evil: true, files: [{ ...state.files[0], mode: 'x' }], active: 'gone.policy.ts' };
  t.strictSame(fromText(JSON.stringify(more)), state);
});

t.test('names stay in their folder', async (t) => {
  for (const name of ['10-a.policy.ts', 'a_b.policy.test.yaml', '60-limits.yaml'])
    t.ok(isFileName(name), name);
  for (const name of ['', '.env', 'a/b', 'a\\b', '..', 'a..b', 'a b', 'x'.repeat(101)])
    t.notOk(isFileName(name), name);
});
