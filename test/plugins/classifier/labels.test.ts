import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { clipped, Labels, question } from '../../../plugins/classifier/labels.ts';
import { TextCache } from '../../../sdk/text-cache.ts';

const labels = new Labels(
  { code: 'code', 'small-talk': 'chat', Other_1: 'the rest' },
  '{labels} and {labels}',
);

t.test('a label is read out of the ways in which models say it', async (t) => {
  for (const answer of [
    'code',
    ' Code.\n',
    '"code"',
    '`code`',
    '{"label": "code"}',
    '**CODE**',
    'code, code',
  ]) {
    t.equal(labels.read(answer), 'code', answer);
  }
  t.equal(labels.read('Label: small-talk'), 'small-talk');
  t.equal(labels.read('other_1'), 'Other_1');
  for (const answer of [
    '',
    'codes',
    'uncode',
    'code or small-talk',
    'small talk',
    `${' '.repeat(200)}code`,
  ]) {
    t.equal(labels.read(answer), null, answer);
  }
});

t.test('the prompt has every label with what it is for, wherever it wants them', async (t) => {
  const list = '- code: code\n- small-talk: chat\n- Other_1: the rest';
  t.equal(labels.prompt, `${list} and ${list}`);
});

t.test('whatever a message says, it cannot end the string that it stands in', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const [, json] = /^Message, as JSON: (.*)\n\nLabel:$/s.exec(question(text))!;
      assert.equal(JSON.parse(json!), text);
    }),
  );
});

t.test('long texts keep their beginning and end and no half characters', async () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.integer({ min: 2, max: 20 }),
      (text, most) => {
        const cut = clipped(text, most);
        assert.ok(cut.length <= most + 5);
        if (text.length <= most) assert.equal(cut, text);
        else assert.ok(cut.isWellFormed() && cut.includes(' […] '));
      },
    ),
  );
});

t.test('the cache never grows beyond its limit and forgets what was used longest ago', async (t) => {
  const cache = new TextCache(1000, 2);
  cache.set('a', 'x', 0);
  cache.set('b', 'x', 0);
  t.equal(cache.get('a', 1), 'x');
  cache.set('c', 'x', 1);
  t.strictSame([cache.get('a', 2), cache.get('b', 2), cache.get('c', 2)], ['x', null, 'x']);
  t.equal(cache.size, 2);
  t.equal(cache.get('a', 1000), null);
  t.equal(cache.size, 1, 'what is over is gone');
  const none = new TextCache(1000, 0);
  none.set('a', 'x', 0);
  t.equal(none.get('a', 0), null);
  t.not(TextCache.key('a', 'b'), TextCache.key('ab', ''));
});
