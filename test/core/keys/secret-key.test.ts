import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import t from 'tap';
import { hashKey, isOwnKey, keptKey, keyName, makeKey } from '../../../core/keys/secret-key.ts';

t.test('a key is sk- and 43 characters that hold all of its 32 bytes', async (t) => {
  t.equal(makeKey(Buffer.alloc(32)).secret.reveal(), `sk-${'0'.repeat(43)}`);
  t.match(makeKey(Buffer.alloc(32, 255)).secret.reveal(), /^sk-[0-9A-Za-z]{43}$/);
  const one = Buffer.alloc(32);
  one[31] = 61;
  t.equal(makeKey(one).secret.reveal(), `sk-${'0'.repeat(42)}z`);
  t.ok(isOwnKey(makeKey().secret.reveal()));
});

t.test('no two keys are the same', async (t) => {
  t.equal(new Set(Array.from({ length: 5000 }, () => makeKey().hash)).size, 5000);
});

t.test('what is kept of a key is its SHA-256 and its last four characters', async (t) => {
  const key = makeKey();
  const text = key.secret.reveal();
  t.equal(key.hash, createHash('sha256').update(text).digest('hex'));
  t.equal(key.hash, hashKey(text));
  t.equal(key.name, `sk-…${text.slice(-4)}`);
  t.equal(keyName('sk-x'), 'sk-…sk-x');
  t.strictSame({ ...keptKey(text), secret: null }, { ...key, secret: null });
});

t.test('a new key does not print', async (t) => {
  const key = makeKey();
  const text = key.secret.reveal();
  t.notMatch(`${JSON.stringify(key)} ${inspect(key, { depth: 9 })} ${key.secret}`, text);
});

t.test('a key of somebody else is long, and fit for a header', async (t) => {
  t.ok(isOwnKey('sk-my_own.key~of-1234'));
  for (const bad of [
    'sk-short',
    'pk-0123456789abcdef',
    'sk-0123456789 abcdef',
    `sk-${'x'.repeat(201)}`,
    'sk-0123456789abcdé',
  ])
    t.notOk(isOwnKey(bad), bad);
});
