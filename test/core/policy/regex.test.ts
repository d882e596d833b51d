import fc from 'fast-check';
import t from 'tap';
import { compileRegex, type SafeRegex } from '../../../core/policy/regex.ts';

function safe(re: RegExp, maxChars?: number): SafeRegex {
  const result = compileRegex({ source: re.source, flags: re.flags }, maxChars);
  if (!result.ok) throw new Error(result.message);
  return result.regex;
}

function refusal(source: string, flags = '', maxChars?: number): string {
  const result = compileRegex({ source, flags }, maxChars);
  return result.ok ? '' : result.message;
}

/** The same pattern on the linear engine: an impossible branch with a loop keeps it off V8. */
function linear(source: string, flags: string): SafeRegex {
  const result = compileRegex({ source: `${source}|(?:[^\\s\\S])+`, flags });
  if (!result.ok) throw new Error(result.message);
  if (result.regex.engine !== 'linear') throw new Error('expected the linear engine');
  return result.regex;
}

t.test('a pattern whose worst case is small runs on V8', async (t) => {
  t.equal(safe(/\b(prove|derive|refactor|debug|contract)\b/i).engine, 'v8');
  t.equal(safe(/^\d{3}-\d{4}$/).engine, 'v8');
  t.equal(safe(/refund.{0,10}policy(?!x)/).engine, 'v8');
});

t.test('a pattern that can backtrack without bound runs on the linear engine', async (t) => {
  for (const re of [/(a+)+$/, /\d+ (prove|derive)/, /(x+x+)+y/, /(?:a?){40}a{40}/, /.*.*=.*/]) {
    t.equal(safe(re).engine, 'linear', String(re));
  }
});

t.test('hostile text costs linear time, not exponential', async (t) => {
  const hostile = `${'a'.repeat(32_000)}!`;
  t.notOk(safe(/^(a+)+$/).test(hostile));
  t.notOk(safe(/(a|a)*$b/).test(hostile));
  t.notOk(safe(/\d+ (prove|derive)/).test('1'.repeat(32_768)));
});

t.test('what the linear engine cannot do is refused with what to write instead', async (t) => {
  t.match(refusal('(?=a+)b'), /look-around .*all\(\) and not\(\), or fn\(\)/);
  t.match(refusal('(?<!a*)b+'), /look-around/);
  t.match(refusal('(a)\\1'), /backreference .*write the repeated text out/);
  t.match(refusal('a{1,2000}b+'), /a count over 1000/);
  t.match(refusal('x+^a', 'm'), /\^ with the flag m after the start/);
  t.match(refusal('\\bx+', 'iu'), /leave out u/);
  t.match(refusal('a(?i:b)+'), /flags inside a pattern/);
});

t.test('flags and syntax that are not JavaScript, or not supported, are refused', async (t) => {
  t.match(refusal('a', 'y'), /the flag y is not supported; expected any of i, m, s, u/);
  t.match(refusal('a', 'v'), /the flag v is not supported/);
  t.match(refusal('(', ''), /refused/);
  t.match(refusal('a{2,1}', ''), /refused/);
  t.match(refusal('\\p{Nope}', 'u'), /refused/);
  t.match(refusal('a'.repeat(20_001)), /at most 20000/);
});

t.test('a pattern that is too large for its text is refused, with the size that fits', async (t) => {
  t.match(refusal('a[ab]{900}c+'), /too large .* set maxChars to \d+ or less/);
  t.equal(refusal('a[ab]{900}c+', '', 4000), '');
  t.equal(safe(/a?a?a?a?a?a?b/, 4000).engine, 'v8', 'a shorter text leaves room for backtracking');
  t.equal(safe(/a?a?a?a?a?a?a?a?a?b/).engine, 'linear');
});

t.test('a long list of words is accepted', async (t) => {
  const words = Array.from({ length: 800 }, (_, i) => `word${i}s?`);
  const result = compileRegex({ source: `\\b(?:${words.join('|')})\\b`, flags: 'i' });
  t.ok(result.ok);
  if (result.ok) {
    t.ok(result.regex.test('this has WORD799s in it'));
    t.notOk(result.regex.test('this has word800 in it'));
  }
});

t.test('the flag g leaves no state behind', async (t) => {
  const regex = safe(/a/g);
  t.ok(regex.test('ba'));
  t.ok(regex.test('ba'));
});

t.test('anchors, dots, classes and case are those of JavaScript on the linear engine', async (t) => {
  const texts = [
    'a',
    'a\n',
    '\na',
    'a\rb',
    'a\u2028b',
    'é',
    '\u00a0',
    '\ufeff',
    'K',
    'ſ',
    'K',
    'k',
    '😀',
    '\ud83d',
    'İ',
    'ß',
    'ẞ',
    'Σ',
    'ς',
  ];
  const patterns = [
    '^a$',
    '^b',
    'a$',
    'a.b',
    '^.$',
    '^..$',
    '\\s',
    '\\S',
    '\\w',
    '\\W',
    '\\bb',
    'k',
    's',
    'σ',
    'ß',
    '[k-s]',
    '[^k-s]',
    '[\\W_]',
    '[^\\d]',
    '[]',
    '[^]',
    '\\u00e9',
    '\\x61',
    '\\t|\\v|\\0',
    '(?<name>a)',
  ];
  const different: string[] = [];
  for (const flags of ['', 'i', 'm', 's', 'im', 'u', 'su']) {
    for (const source of patterns) {
      const reference = new RegExp(source, flags);
      const regex = linear(source, flags);
      for (const text of texts) {
        if (regex.test(text) !== reference.test(text))
          different.push(`/${source}/${flags} on ${escape(text)}`);
      }
    }
  }
  t.same(different, []);
});

t.test('unicode properties are those of JavaScript', async (t) => {
  const regex = linear('^\\p{Script=Greek}+$', 'u');
  t.ok(regex.test('σοφία'));
  t.notOk(regex.test('sofia'));
  t.ok(linear('\\p{Emoji_Presentation}', 'u').test('ok 😀'));
});

const atom = fc.constantFrom(
  'a',
  'b',
  '\\d',
  '\\w',
  '\\s',
  '.',
  '[ab]',
  '[^a]',
  '\\b',
  '\\n',
  'é',
  '😀',
  '\\S',
);
const piece: fc.Arbitrary<string> = fc.letrec<{ piece: string; group: string }>((tie) => ({
  piece: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc
      .tuple(atom, fc.constantFrom('', '?', '*', '+', '{1,3}', '*?'))
      .map(([a, q]) => (a === '\\b' ? a : a + q)),
    tie('group'),
  ),
  group: fc
    .tuple(
      fc.array(tie('piece'), { minLength: 1, maxLength: 3 }),
      fc.array(tie('piece'), { minLength: 1, maxLength: 2 }),
      fc.constantFrom('', '?', '*', '+'),
    )
    .map(([a, b, q]) => `(${a.join('')}|${b.join('')})${q}`),
})).piece;
const source = fc
  .tuple(fc.constantFrom('', '^'), fc.array(piece, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '$'))
  .map(([start, body, end]) => `${start}(?:${body.join('')})${end}`);
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', '1', ' ', '\n', '\r', '\u2028', 'é', 'É', '😀', '\ud83d', '_', '!'),
  maxLength: 10,
});

t.test('both engines agree on every text, whatever the pattern', async () => {
  fc.assert(
    fc.property(
      source,
      fc.constantFrom('', 'i', 's', 'u', 'is'),
      fc.array(text, { maxLength: 8 }),
      (source, flags, texts) => {
        const reference = new RegExp(source, flags);
        const regex = linear(source, flags);
        for (const one of texts) if (regex.test(one) !== reference.test(one)) return false;
        return true;
      },
    ),
    { numRuns: 400 },
  );
});

t.test('with the flag m lines begin and end where JavaScript says', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom('^a', 'a$', '^$', '^[ab]*$', '^(?:a|b)', '(?:^a|b)1'),
      fc.array(text),
      (source, texts) => {
        const reference = new RegExp(source, 'm');
        const regex = linear(`(?:${source})`, 'm');
        return texts.every((one) => regex.test(one) === reference.test(one));
      },
    ),
  );
});

t.test('no pattern makes the compiler throw', async () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), source),
      fc.string({ unit: fc.constantFrom(...'gimsuyvdx'), maxLength: 3 }),
      (source, flags) => {
        const result = compileRegex({ source, flags });
        return result.ok ? typeof result.regex.test('abc') === 'boolean' : result.message.length > 0;
      },
    ),
  );
});
