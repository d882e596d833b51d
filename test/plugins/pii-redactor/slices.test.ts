import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { chatReply, testGateway } from '../../../core/testing.ts';
import { ArgumentsRedactor, redactArguments } from '../../../plugins/pii-redactor/json-redactor.ts';
import { redactSlowly, redactText } from '../../../plugins/pii-redactor/redactor.ts';
import { Replacer } from '../../../plugins/pii-redactor/replacer.ts';
import { isUnreadable, readUnreadable } from '../../../plugins/pii-redactor/unreadable.ts';
import { namesFor, settingsOf } from './harness.ts';

const settings = settingsOf({ rules: [{ name: 'employee', pattern: 'E-\\d{6}' }] });
const key = `${'-----BEGIN '}PRIVATE KEY-----\n${'FAKEa1B2c3D4'.repeat(300)}\n${'-----END '}PRIVATE KEY-----`;
const { sliceChars } = settings.finder;
const finds = [
  'ada@example.com',
  '+49 171 3920001',
  '4012 8888 8888 1881',
  'DE89 3704 0044 0532 0130 00',
  'E-774411',
  key,
];

const piece = fc.oneof(
  fc.constantFrom(...finds, 'ä\n"\\', '<EMAIL_1>', ' ', 'password=Zk93Jd20'),
  fc
    .integer({ min: 1, max: 9000 })
    .map((length) => 'The quick brown fox, 12 of them. '.repeat(300).slice(0, length)),
);
/** Long enough for some slices, with finds wherever slices meet. */
const long = fc
  .tuple(
    fc.integer({ min: -40, max: 40 }),
    fc.array(piece, { minLength: 1, maxLength: 12 }),
    fc.constantFrom(...finds),
  )
  .map(([shift, pieces, find]) => {
    const head = 'word '.repeat(sliceChars / 5 + 20).slice(0, sliceChars + shift - 20);
    return `${head} ${find} ${pieces.join('')}`;
  });

function drain<Result>(steps: Generator<void, Result>): { readonly result: Result; readonly turns: number } {
  for (let turns = 0; ; turns++) {
    const next = steps.next();
    if (next.done === true) return { result: next.value, turns };
  }
}

const replacer = () => new Replacer(settings, namesFor({}));

t.test('a long text in slices is redacted as the whole is, and others get turns between them', async (t) => {
  fc.assert(
    fc.property(long, fc.nat(30), (text, from) => {
      const [whole, sliced] = [replacer(), replacer()];
      const { result, turns } = drain(redactSlowly(text, settings.finder, sliced, from));
      equal(result, redactText(text, settings.finder, whole, from));
      equal(sliced.tally.toString(), whole.tally.toString());
      ok(text.length <= sliceChars || turns >= Math.ceil((text.length - from) / sliceChars));
    }),
    { numRuns: 25 },
  );
  t.pass();
});

t.test(
  'long arguments in slices are redacted as the whole is, and short ones without finds stay',
  async (t) => {
    const json = fc.oneof(
      fc
        .oneof(
          long,
          fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join('')),
        )
        .map((text) => JSON.stringify({ text, list: [text.slice(-50)], n: 4012888888881881 })),
      fc.json(),
      fc.constantFrom(
        '',
        ' ',
        '{"a":1} ada@example.com',
        '{"a":1}{"b":"ada@example.com"}',
        '{"a":"\\u0061da@example.com"}',
        '{"a',
      ),
    );
    fc.assert(
      fc.property(json, (text) => {
        const [whole, sliced] = [replacer(), replacer()];
        const redactor = new ArgumentsRedactor(() => settings.finder, whole);
        const wanted = redactor.push(text) + redactor.end();
        equal(drain(redactArguments(text, settings.finder, sliced)).result, wanted);
        equal(sliced.tally.toString(), whole.tally.toString());
      }),
      { numRuns: 60 },
    );
    t.pass();
  },
);

t.test('base64 is read in slices, and a character that is none anywhere is seen', async (t) => {
  const base64 = 'QUJD'.repeat(200_000);
  t.strictSame(drain(readUnreadable('x', base64)), { result: true, turns: 3 });
  t.equal(isUnreadable('x', `${base64} `), false);
  t.equal(isUnreadable('x', `a b${base64}`), false);
  t.equal(isUnreadable('x', 'QUJD'), false);
});

t.test('a prompt of a megabyte holds nobody else up for all of it', async (t) => {
  const { post, upstream, close } = await testGateway({
    policies: { '10-pii.yaml': 'plugin: pii-redactor\n' },
  });
  t.teardown(close);
  upstream.reply(chatReply('Hello <EMAIL_1>.'));
  let turns = 0;
  let over = false;
  const count = (): void => {
    if (over) return;
    turns++;
    setImmediate(count);
  };
  const text = `${'The quick brown fox. '.repeat(50_000)} ada@example.com`;
  count();
  const response = await post('/v1/chat/completions', {
    model: 'test',
    messages: [{ role: 'user', content: text }],
  });
  over = true;
  t.match(await response.json(), { choices: [{ message: { content: 'Hello ada@example.com.' } }] });
  t.match(
    (upstream.calls[0]!.json as { messages: { content: string }[] }).messages[0]!.content,
    /<EMAIL_1>$/,
  );
  t.ok(turns > text.length / (24 * 1024), `${turns} turns`);
});
