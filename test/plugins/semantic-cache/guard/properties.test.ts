import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { compareFacts } from '../../../../plugins/semantic-cache/guard/compare.ts';
import { extractFacts } from '../../../../plugins/semantic-cache/guard/extract.ts';
import { guardedUnits } from '../../../../plugins/semantic-cache/guard/prepare.ts';

const words =
  `How do does I you the my your not never without and or before after from to than by in on off out check log
  turn users Berlin Paris MySQL parseUser --force 3 3.10 $20 20 km 5 pm January Monday first "quoted" 'it' , . ? ( ) [a-z]+
  == today last week all some half is was will who why when cancel delete add 重置 密码 パス für ¿ é ® 👍 \ud800`.split(
    /\s+/,
  );
const prompt = fc.oneof(
  fc.array(fc.constantFrom(...words), { maxLength: 14 }).map((list) => list.join(' ')),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

t.test('a text is always served for itself, at both levels', async () => {
  fc.assert(
    fc.property(prompt, (text) => {
      assert.equal(compareFacts(extractFacts(text), extractFacts(text), 'strict'), null);
      assert.equal(compareFacts(extractFacts(text), extractFacts(text), 'rules'), null);
    }),
    { numRuns: 300 },
  );
});

t.test('white space around and a capital letter at the beginning change no fact', async () => {
  const tail = fc
    .array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 })
    .map((list) => list.join(' '));
  fc.assert(
    fc.property(
      tail,
      fc.constantFrom('', ' ', '\n\t '),
      fc.constantFrom('how', 'summarize', 'translate'),
      (text, space, first) => {
        const facts = extractFacts(`${first} ${text}`);
        assert.deepEqual(
          extractFacts(`${space}${first[0]!.toUpperCase()}${first.slice(1)} ${text}${space}`),
          facts,
        );
      },
    ),
    { numRuns: 300 },
  );
});

t.test('whether one is served for the other does not hang on which is stored', async () => {
  fc.assert(
    fc.property(prompt, prompt, fc.constantFrom('rules' as const, 'strict' as const), (one, other, level) => {
      const [a, b] = [extractFacts(one), extractFacts(other)];
      assert.equal(compareFacts(a, b, level) === null, compareFacts(b, a, level) === null);
    }),
    { numRuns: 800 },
  );
});

t.test('what strict serves, rules serve', async () => {
  fc.assert(
    fc.property(prompt, prompt, (one, other) => {
      const [a, b] = [extractFacts(one), extractFacts(other)];
      if (compareFacts(a, b, 'strict') === null) assert.equal(compareFacts(a, b, 'rules'), null);
    }),
    { numRuns: 300 },
  );
});

t.test('no text of 1 MB makes more than a bounded number of facts', async (t) => {
  const hostile = [
    'a',
    '"',
    '(',
    "a'",
    'a-',
    'a/',
    '1,',
    '1-',
    '“',
    '[',
    '\ufdfa',
    '重置',
    'not ',
    'to a ',
    '\ud800',
    ' ',
    '\n',
    'Aa',
    'and a ',
    'one ',
  ];
  for (const piece of hostile) {
    const facts = extractFacts(piece.repeat(Math.ceil(1_000_000 / piece.length)));
    t.ok(facts.content.length <= guardedUnits && facts.frame.length <= guardedUnits, JSON.stringify(piece));
    t.ok(JSON.stringify(facts).length < 40 * guardedUnits, JSON.stringify(piece));
  }
});
