import assert from 'node:assert/strict';
import { createHash, hash } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import fc from 'fast-check';
import t from 'tap';
import { caseSchema, listSchema, tableSchema } from '../../core/policy-test/case-schema.ts';
import { sharedAjv as realAjv } from '../../core/yaml/ajv.ts';
import { closeObjects } from '../../core/yaml/closed.ts';
import { explainErrors } from '../../core/yaml/explain.ts';
import { sharedAjv } from '../../playground/src/engine/stand-ins/ajv.ts';
import { isUtf8, Buffer as PageBuffer } from '../../playground/src/engine/stand-ins/buffer.ts';
import { createHash as pageHash, hash as pageOneShot } from '../../playground/src/engine/stand-ins/crypto.ts';
import { StringDecoder as PageDecoder } from '../../playground/src/engine/stand-ins/string-decoder.ts';
import { piiRedactor } from '../../plugins/pii-redactor/plugin.ts';
import type { Json } from '../../sdk/json.ts';
import type { JsonSchema } from '../../sdk/plugin.ts';

t.test('hashes are those of Node', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }), (pieces) => {
      const mine = pageHash('sha256');
      const nodes = createHash('sha256');
      for (const piece of pieces) {
        mine.update(piece);
        nodes.update(piece);
      }
      assert.equal(mine.digest('hex'), nodes.digest('hex'));
    }),
    { numRuns: 200 },
  );
  t.equal(
    pageHash('sha256').update('é').digest('base64url'),
    createHash('sha256').update('é').digest('base64url'),
  );
  for (const encoding of ['hex', 'base64url'] as const) {
    t.equal(pageOneShot('sha256', 'é', encoding), hash('sha256', 'é', encoding));
  }
  t.strictSame([...pageOneShot('sha256', 'é', 'buffer')], [...hash('sha256', 'é', 'buffer')]);
  t.throws(() => pageHash('md5'), /expected sha256/);
});

t.test('bytes and texts turn into each other as in Node', async (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.uint8Array({ maxLength: 60 }),
      (text, bytes) => {
        assert.deepEqual([...PageBuffer.from(text)], [...Buffer.from(text)]);
        assert.equal(PageBuffer.byteLength(text), Buffer.byteLength(text));
        for (const encoding of ['utf8', 'hex', 'base64', 'base64url', 'latin1'] as const) {
          const node = Buffer.from(bytes).toString(encoding);
          assert.equal(PageBuffer.from(bytes).toString(encoding), node, encoding);
          if (encoding.startsWith('base64'))
            assert.deepEqual([...PageBuffer.from(node, encoding)], [...bytes]);
        }
        assert.equal(isUtf8(bytes), isUtf8Node(bytes));
        const other = Buffer.from(text);
        assert.equal(PageBuffer.compare(PageBuffer.from(bytes), other), Buffer.compare(bytes, other));
        assert.equal(
          PageBuffer.concat([PageBuffer.from(bytes), PageBuffer.from(text)]).toString('hex'),
          Buffer.concat([bytes, other]).toString('hex'),
        );
      },
    ),
    { numRuns: 300 },
  );
  t.equal(
    PageBuffer.from('QUJ D$=trash', 'base64').toString(),
    Buffer.from('QUJ D$=trash', 'base64').toString(),
  );
});

function isUtf8Node(bytes: Uint8Array): boolean {
  return Buffer.from(Buffer.from(bytes).toString('utf8')).equals(bytes);
}

t.test('characters that are cut in two are put together as in Node', async (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.array(fc.nat(80), { maxLength: 8 }),
      (text, cuts) => {
        const bytes = Buffer.from(text);
        const mine = new PageDecoder();
        const nodes = new StringDecoder('utf8');
        const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) => a - b);
        let from = 0;
        for (const end of ends) {
          const piece = bytes.subarray(from, end);
          assert.equal(mine.write(piece), nodes.write(piece));
          from = end;
        }
        assert.equal(mine.end(), nodes.end());
      },
    ),
    { numRuns: 300 },
  );
  t.pass('300 texts');
});

type Validate = ((value: Json) => boolean) & { errors?: Parameters<typeof explainErrors>[0] | null };

/** What is wrong with a value in words, and what became of it. */
function judged(validate: Validate, value: Json) {
  const copy = structuredClone(value);
  const ok = validate(copy);
  return {
    ok,
    value: ok ? copy : null,
    said: explainErrors(validate.errors ?? [], {})
      .map(({ path, part, message }) => `${path.join('/')} ${part} ${message}`)
      .sort(),
  };
}

t.test('schemas are read as ajv reads them, on cases and on what runs in the page', async (t) => {
  const word = fc.constantFrom(
    'chat',
    'mini',
    'overloaded',
    'mask',
    'restore',
    'email',
    'card',
    'stop',
    '',
    'answer',
  );
  const scalar: fc.Arbitrary<Json> = fc.oneof(
    word,
    fc.integer({ min: -1, max: 700 }),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  const key = fc.constantFrom(
    'name',
    'given',
    'expect',
    'cases',
    'skip',
    'request',
    'model',
    'api',
    'messages',
    'tools',
    'upstream',
    'fail',
    'text',
    'chunks',
    'tool',
    'arguments',
    'tenant',
    'id',
    'labels',
    'deny',
    'status',
    'code',
    'message',
    'contains',
    'rules',
    'tags',
    'verbs',
    'headers',
    'action',
    'types',
    'rules',
    'type',
    'pattern',
    'max_chars',
    'where',
    'allow',
    'tenants',
    'reasoning',
    'media',
    'extra',
  );
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'medium', maxDepth: 5 },
      scalar,
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(key, tie('json'), { maxKeys: 4 }) as fc.Arbitrary<Json>,
    ),
  }));
  for (const [name, schema] of Object.entries({
    caseSchema,
    tableSchema,
    listSchema,
    pii: piiRedactor.schema,
  })) {
    const closed = closeObjects(schema as JsonSchema);
    const mine: Validate = sharedAjv().compile(closed);
    const theirs = realAjv().compile(closed) as Validate;
    fc.assert(
      fc.property(json, (value) => {
        assert.deepEqual(judged(mine, value), judged(theirs, value));
      }),
      { numRuns: 150 },
    );
    t.pass(name);
  }
});
