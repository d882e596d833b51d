import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { isVolatile } from '../../../plugins/semantic-cache/volatile.ts';

const volatile: readonly (readonly [string, string])[] = [
  ['What is the weather in Paris?', 'weather'],
  ['Who won TODAY?', 'today'],
  ['What is the price of gold?', 'price'],
  ['Is the shop open right now?', 'now'],
  ['List the latest releases.', 'latest'],
  ['How many tickets were closed this week?', 'this week'],
  ['What is the exchange rate of the euro?', 'exchange rate'],
  ['Wie wird das Wetter?', 'wetter'],
  ["Quelle est la météo aujourd'hui ?", 'météo'],
  ['¿Qué hora es?', 'qué hora'],
  ['今天天气怎么样?', '今天'],
  ['明日の予定は?', '明日'],
];
for (const [text, word] of volatile) {
  t.test(`"${text}" is volatile: ${word}`, async (t) => t.equal(isVolatile(text)?.word, word));
}

const lasting = [
  'How do I reset my password?',
  'Translate "see you today" into Greek.',
  'What is the capital of France?',
  'I know nothing',
  '',
];
for (const text of lasting) t.test(`"${text}" is not volatile`, async (t) => t.equal(isVolatile(text), null));

t.test('any text is read to the end, of 1 MB only the beginning', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) =>
      assert.ok(isVolatile(text) !== undefined),
    ),
  );
  for (const piece of ['"', 'a', '“', '`', '今']) isVolatile(piece.repeat(1_000_000));
  t.equal(isVolatile(`${'word '.repeat(1000)} today`), null);
});
