import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Pseudonyms } from '../../../plugins/pii-redactor/pseudonyms.ts';
import type { Chunk } from '../../../sdk/chunk.ts';
import { ownPii, rowsOf } from './corpus.ts';
import {
  answerOf,
  argumentsRedactor,
  cutAt,
  namesFor,
  settingsOf,
  textRedactor,
  transformOf,
} from './harness.ts';

const texts = [...rowsOf(ownPii, 'positives.jsonl')!, ...rowsOf(ownPii, 'negatives.jsonl')!].map(
  ({ text }) => text,
);
const rules = [
  { name: 'employee', pattern: 'E-\\d{6}\\b', action: 'mask' as const },
  { name: 'blob', pattern: '#[a-f0-9]+', action: 'mask' as const, max_chars: 12 },
  { name: 'end', pattern: 'zz+$', action: 'mask' as const },
];
const mask = settingsOf({ action: 'mask', rules });
const pseudonymise = settingsOf({ action: 'pseudonymise', rules });
const restore = settingsOf({ action: 'restore' });
const names = () =>
  namesFor({ 'ada@example.com': 'email', '4111111111111111': 'card', 'a"\\\n\u0001é': 'note' });

/** Pieces that detectors begin with, end with, or stumble over. */
const crumbs = [
  ...[
    'ada@example.com',
    'a',
    '@',
    '.',
    'com',
    ' ',
    '  ',
    '\n',
    '4111 1111 1111 1111',
    '4111',
    '+49 171 3920001',
    '212-555-0143',
  ],
  ...[
    'tel ',
    'phone: ',
    '123-45-6789',
    'ssn ',
    '192.0.2.1',
    '::1',
    '2001:db8::1',
    ':',
    '://',
    'https://u:FAKEpw9@h',
    'DE89 3704 0044 0532 0130 00',
  ],
  ...[
    '<EMAIL_1>',
    '<email_1>',
    '<CARD_1>',
    '<NOTE_1>',
    '<EMAIL_9>',
    '<',
    '>',
    'E-123456',
    'E-12',
    '#abc',
    '#0123456789abcdef',
    'zzz',
    'x'.repeat(70),
    '用户',
    'é',
    '-',
    '"',
    '\\',
  ],
  ...[
    'password: ',
    'hunter2!x',
    'Bearer ',
    'FAKE.zk93Jd-20aPq_8Lm',
    'ghp_',
    'FAKE0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P',
    '-----BEGIN ',
    'PRIVATE KEY-----\n',
    'FAKEKEYMHcCAQEEIIrYSSNQFaA2Hwf1\n',
    '-----END PRIVATE KEY-----',
    'eyJhbGciOiJIUzI1NiJ9',
    '.eyJzdWIiOiJmYWtl',
  ],
];
const mixed = fc.array(fc.constantFrom(...crumbs), { maxLength: 12 }).map((parts) => parts.join(''));
const cuts = fc.array(fc.nat(400), { maxLength: 8 });

t.test('every text of the fixtures comes out the same, wherever it is cut in two', async () => {
  for (const text of texts) {
    const whole = cutAt(textRedactor(mask), text, []);
    for (let cut = 0; cut <= text.length; cut++) {
      assert.equal(cutAt(textRedactor(mask), text, [cut]), whole, `${text} at ${cut}`);
    }
  }
});

t.test('and character by character', async () => {
  for (const text of texts) {
    const each = [...text].map((_, index) => index);
    assert.equal(cutAt(textRedactor(pseudonymise), text, each), cutAt(textRedactor(pseudonymise), text, []));
  }
});

for (const [name, settings] of Object.entries({ mask, pseudonymise, restore })) {
  t.test(`hostile texts come out the same, however they are cut: ${name}`, async () => {
    fc.assert(
      fc.property(mixed, cuts, (text, places) => {
        assert.equal(
          cutAt(textRedactor(settings, names()), text, places),
          cutAt(textRedactor(settings, names()), text, []),
        );
      }),
      { numRuns: 1500 },
    );
  });
  t.test(`arguments of tool calls come out the same and stay JSON: ${name}`, async () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        mixed,
        fc.constantFrom(4111111111111111, 2125550143, 1.5, -3, true, null),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('phone', 'password', 'ada@example.com', 'x"y', 'n'), tie('any'), {
          maxKeys: 3,
        }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), fc.boolean(), cuts, (json, escapes, places) => {
        let text = JSON.stringify(json);
        if (escapes)
          text = text.replace(/[@<é]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
        const whole = cutAt(argumentsRedactor(settings, names()), text, []);
        JSON.parse(whole);
        assert.equal(cutAt(argumentsRedactor(settings, names()), text, places), whole);
      }),
      { numRuns: 700 },
    );
  });
}

t.test('arguments that are no JSON come out the same, however they are cut', async () => {
  fc.assert(
    fc.property(fc.constantFrom('', '{', '["', ' {"a":"', '{"\\u00'), mixed, cuts, (start, text, places) => {
      const whole = cutAt(argumentsRedactor(mask), start + text, []);
      assert.equal(cutAt(argumentsRedactor(mask), start + text, places), whole);
    }),
    { numRuns: 1500 },
  );
});

t.test('choices, reasoning and tool calls come out the same, however their pieces are mixed', async () => {
  const lane = fc.record({ text: mixed, cuts });
  const action = fc.constantFrom('mask' as const, 'pseudonymise' as const, 'restore' as const);
  fc.assert(
    fc.property(
      action,
      fc.array(lane, { minLength: 4, maxLength: 4 }),
      fc.infiniteStream(fc.nat(99)),
      (action, lanes, order) => {
        const make: ((text: string) => Chunk)[] = [
          (text) => ({ type: 'text', choice: 0, text }),
          (text) => ({ type: 'reasoning', choice: 1, text }),
          (text) => ({ type: 'tool_call', choice: 2, index: 0, arguments: text }),
          (text) => ({ type: 'tool_call', choice: 2, index: 1, arguments: text }),
        ];
        const pieces = lanes.map(({ text, cuts }) => {
          const places = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
          return places.slice(1).map((end, index) => text.slice(places[index], end));
        });
        const chunks: Chunk[] = [];
        while (pieces.some((left) => left.length > 0)) {
          const left = pieces.map((_, index) => index).filter((index) => pieces[index]!.length > 0);
          const next = left[order.next().value! % left.length]!;
          chunks.push(make[next]!(pieces[next]!.shift()!));
        }
        const whole = lanes.map(({ text }, index) => make[index]!(text));
        // Numbers are given as finds come, so names of one choice depend on the others: one choice at a time for those.
        const given = { action, rules: action === 'pseudonymise' ? [] : rules };
        const own = (list: readonly Chunk[]) =>
          action === 'pseudonymise'
            ? [0, 1].map((choice) =>
                answerOf(
                  transformOf(given, names()),
                  list.filter((chunk) => 'choice' in chunk && chunk.choice === choice),
                ),
              )
            : answerOf(transformOf(given, names()), list);
        assert.deepEqual(JSON.stringify(own(chunks)), JSON.stringify(own(whole)));
      },
    ),
    { numRuns: 400 },
  );
});

t.test('no more than 64 characters are held back while nothing is open', async () => {
  const prose = fc.array(
    fc.constantFrom(
      'the',
      'Word',
      '12',
      '3.5',
      '(see',
      'a-b',
      'https://example.com/path',
      'x=1',
      '+',
      '2024-01-05',
      'naïve',
      '{"a":',
      'y'.repeat(90),
      '@',
      '10:30',
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(prose, (words) => {
      const text = words.join(' ');
      const redactor = textRedactor(mask);
      let out = 0;
      for (let index = 0; index < text.length; index++) {
        out += redactor.push(text[index]!).length;
        assert.ok(index + 1 - out <= 65, `${index + 1 - out} held: ${text.slice(0, index + 1)}`);
      }
    }),
    { numRuns: 300 },
  );
});

t.test('an answer of plain prose passes as the very chunks that came', async (t) => {
  const chunk: Chunk = { type: 'text', choice: 0, text: 'All is well. ' };
  const out: Chunk[] = [];
  transformOf({ action: 'mask' }).push(chunk, (it) => out.push(it));
  t.equal(out[0], chunk);
});

t.test('what is restored is escaped in arguments and not looked through again', async (t) => {
  const restored = cutAt(argumentsRedactor(restore, names()), '{"to":"\\u003cNOTE_1>","n":"<EMAIL_1>"}', []);
  t.same(JSON.parse(restored), { to: 'a"\\\n\u0001é', n: 'ada@example.com' });
  t.equal(
    cutAt(
      textRedactor(settingsOf({ action: 'restore', rules: [{ type: 'email', action: 'mask' }] }), names()),
      '<EMAIL_1> b@example.com',
      [],
    ),
    'ada@example.com [email]',
  );
});

t.test('a blocked find ends its choice at the same place, however the text is cut', async (t) => {
  const text = 'Card 4111 1111 1111 1111 of ada, and more.';
  for (let cut = 0; cut <= text.length; cut++) {
    const chunks: Chunk[] = [
      { type: 'text', choice: 0, text: text.slice(0, cut) },
      { type: 'text', choice: 1, text: 'fine' },
      { type: 'text', choice: 0, text: text.slice(cut) },
      { type: 'tool_call', choice: 0, index: 0, id: 'c', name: 'f', arguments: '{}' },
      { type: 'finish', choice: 0, reason: 'tool_calls' },
      { type: 'finish', choice: 1, reason: 'stop' },
    ];
    const choices = answerOf(
      transformOf({ action: 'report', rules: [{ type: 'card', action: 'block' }] }),
      chunks,
    );
    assert.deepEqual(
      choices.map(({ text, finish, toolCalls }) => [text, finish, toolCalls.length]),
      [
        ['Card [card]', 'content_filter', 0],
        ['fine', 'stop', 0],
      ],
    );
  }
  t.pass();
});

t.test('names are stable in a request, and a name that its texts use is given to nobody', async (t) => {
  const pseudonyms = new Pseudonyms();
  pseudonyms.reserve(['what is <EMAIL_1> and <email_3>?']);
  t.equal(pseudonyms.of('email', 'a@example.com', true), 'EMAIL_2');
  t.equal(pseudonyms.of('email', 'b@example.com', true), 'EMAIL_4');
  t.equal(pseudonyms.of('email', 'a@example.com', true), 'EMAIL_2');
  t.equal(pseudonyms.valueOf('email_4'), 'b@example.com');
  t.equal(pseudonyms.valueOf('EMAIL_1'), undefined);
});
