import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { leftOut, maskJson, maskString } from '../../../../core/telemetry/capture/masked-json.ts';
import type { Json } from '../../../../sdk/json.ts';

const secret = 'jane@example.com';
const mask = (text: string) => text.replaceAll(secret, '[email]').replaceAll('4111111111111111', '[card]');

t.test('wherever in a body it stands, nothing of what is looked for is left', (t) => {
  const dirty = fc.tuple(fc.string(), fc.string()).map(([a, b]) => `${a}${secret}${b}`);
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      dirty,
      fc.constantFrom<Json>(4111111111111111, null, true, 7),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(dirty, fc.string()), tie('value'), { maxKeys: 4 }),
      // Arguments of calls are JSON in a text, in which names may be escaped.
      tie('value').map((inner) => JSON.stringify([inner]).replaceAll('@', '\\u0040')),
    ),
  }));
  fc.assert(
    fc.property(value, (body) => {
      const masked = JSON.stringify(maskJson(body, mask));
      assert.equal(masked.includes(secret), false);
      assert.equal(masked.includes('4111111111111111'), false);
      assert.equal(/jane\\+u0040example/.test(masked), false);
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('a body without finds stays as it is', (t) => {
  const body = {
    model: 'm',
    messages: [{ role: 'user', content: 'Hello there' }],
    tools: [{ name: 'f', arguments: '{"a":1}' }],
    temperature: 0.5,
  };
  t.strictSame(maskJson(body, mask), body);
  t.end();
});

t.test('what nobody can read is left out: media, signatures, vectors', (t) => {
  const bytes = Buffer.alloc(400, 7).toString('base64');
  t.strictSame(
    maskJson(
      {
        image: 'data:image/png;base64,AAAA',
        data: bytes,
        signature: bytes.slice(0, 300),
        input: Array.from({ length: 20 }, (_, index) => index),
        few: [1, 2],
      },
      mask,
    ),
    { image: leftOut, data: leftOut, signature: leftOut, input: leftOut, few: [1, 2] },
  );
  t.end();
});

t.test('a mask is told the name of the member, which may say what its value is', (t) => {
  const byName = (text: string, name: string) => (name === 'password' ? '[secret]' : text);
  t.strictSame(maskJson({ password: 'hunter2', list: [{ password: 7 }] }, byName), {
    password: '[secret]',
    list: [{ password: '[secret]' }],
  });
  t.equal(maskString('{"password": "x"}', byName, 'arguments'), '{"password":"[secret]"}');
  t.equal(maskString('[password] x', byName, ''), '[password] x');
  t.end();
});
