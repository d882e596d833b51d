import fc from 'fast-check';
import t from 'tap';
import { GatewayError } from '../../../sdk/errors.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import { argumentsObject } from '../../../sdk/translate/arguments.ts';
import { budgetOf, effortOf, nearestEffort } from '../../../sdk/translate/effort.ts';
import { fitId } from '../../../sdk/translate/ids.ts';
import { mediaFromBase64, mediaFromUrl } from '../../../sdk/translate/media.ts';
import { strictSchema, toolSchema } from '../../../sdk/translate/schema.ts';

t.test('arguments become an object, whatever a model wrote', async (t) => {
  t.same(argumentsObject(''), {});
  t.same(argumentsObject('{"a": 1}'), { a: 1 });
  for (const text of ['{"a":', '[1]', '"text"', 'null']) t.same(argumentsObject(text), { __raw__: text });
});

t.test('efforts and budgets stand for each other', async (t) => {
  const asked = { effort: null, budgetTokens: null, visible: null };
  t.equal(budgetOf({ ...asked, effort: 'low' }), 2048);
  t.equal(budgetOf({ ...asked, effort: 'low', budgetTokens: 5000 }), 5000);
  t.equal(budgetOf(asked), null);
  t.equal(effortOf({ ...asked, budgetTokens: 9000 }), 'high');
  t.equal(effortOf({ ...asked, budgetTokens: 0 }), 'none');
  t.equal(nearestEffort('xhigh', ['low', 'medium', 'high']), 'high');
  t.equal(nearestEffort('minimal', ['low', 'high']), 'low');
  t.equal(nearestEffort('none', ['low', 'high']), null, 'no reasoning is not a little of it');
});

t.test('an id that fits stays, any other becomes the same one each time', async (t) => {
  const form = /^[a-zA-Z0-9]{9}$/;
  t.equal(fitId('abcdefghi', form, '', 9), 'abcdefghi');
  fc.assert(
    fc.property(fc.string(), (id) => {
      const made = fitId(id, form, '', 9);
      t.match(made, form);
      t.equal(fitId(id, form, '', 9), made);
    }),
    { numRuns: 50 },
  );
});

t.test("an image's type is what its bytes say", async (t) => {
  const png = 'iVBORw0KGgoAAAANSUhEUg==';
  t.same(mediaFromUrl(`data:image/jpeg;base64,${png}`, 'image'), {
    kind: 'base64',
    mediaType: 'image/png',
    data: png,
  });
  const webp = Buffer.from('RIFF\x10\x00\x00\x00WEBPVP8 ', 'latin1').toString('base64');
  t.match(mediaFromBase64(webp, '', 'image'), { mediaType: 'image/webp' });
  t.match(mediaFromBase64('AAAA', 'audio/wav', 'sound'), { mediaType: 'audio/wav' });
  t.same(mediaFromUrl('https://example.com/a.png', 'image'), {
    kind: 'url',
    url: 'https://example.com/a.png',
  });
});

t.test('what is no image is refused and not repeated at length', async (t) => {
  const secret = 'x'.repeat(5000);
  for (const url of ['', 'file:///etc/passwd', 'data:image/png,plain', 'data:image/png;base64,§§', secret]) {
    let error: unknown;
    try {
      mediaFromUrl(url, 'messages[0].content[0].image_url.url');
    } catch (thrown) {
      error = thrown;
    }
    t.ok(error instanceof GatewayError && error.status === 400, url.slice(0, 20));
    t.ok((error as GatewayError).message.length < 300);
  }
});

t.test("a tool's schema is an object, and stays the very same where it is one", async (t) => {
  const fine = { type: 'object', properties: { a: { type: 'string' } } };
  t.equal(toolSchema(fine), fine);
  t.same(toolSchema({}), { type: 'object', properties: {} });
  t.same(toolSchema({ $schema: 'x', type: 'object', properties: {}, $defs: { a: {} } }), {
    type: 'object',
    properties: {},
    $defs: { a: {} },
  });
});

t.test('a strict schema closes every object and says its limits in words', async (t) => {
  const schema: JsonObject = {
    type: 'object',
    properties: {
      age: { type: 'integer', minimum: 0, description: 'Years' },
      pattern: {
        type: 'array',
        items: { type: 'object', properties: { x: { type: 'string', maxLength: 3 } } },
      },
    },
  };
  t.same(strictSchema(schema), {
    type: 'object',
    properties: {
      age: { type: 'integer', description: 'Years (minimum: 0)' },
      pattern: {
        type: 'array',
        items: {
          type: 'object',
          properties: { x: { type: 'string', description: '(maxLength: 3)' } },
          additionalProperties: false,
        },
      },
    },
    additionalProperties: false,
  });
});
