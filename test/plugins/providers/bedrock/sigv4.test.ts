import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import t from 'tap';
import { canonicalPath, encodePathPart, SigV4Signer } from '../../../../plugins/providers/bedrock/sigv4.ts';

const keys = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
  expiresAtMs: null,
};
const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);

/** What AWS's own library makes of the same request. */
async function expected(
  path: string,
  body: string | Buffer,
  token: string | null,
  host: string,
  atMs: number,
) {
  const signer = new SignatureV4({
    service: 'bedrock',
    region: 'eu-central-1',
    credentials: { ...keys, sessionToken: token ?? undefined, expiration: undefined },
    sha256: Sha256,
    applyChecksum: false,
  });
  const request = {
    method: 'POST',
    protocol: 'https:',
    hostname: host,
    path,
    query: {},
    headers: { host, 'content-type': 'application/json' },
    body,
  };
  const { headers } = await signer.sign(request, { signingDate: new Date(atMs) });
  return headers;
}

t.test('signatures are those of the AWS SDK, whatever the model, body, token, host and time', async () => {
  const model = fc.oneof(
    fc.constantFrom(
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3',
      "odd!'()*~ model",
      'ünïcode/日本',
    ),
    fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }),
  );
  const body = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  const token = fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{1,60}$/));
  const host = fc.constantFrom(
    'bedrock-runtime.eu-central-1.amazonaws.com',
    '127.0.0.1:8080',
    'vpce-1.example',
  );
  const prefix = fc.constantFrom('', '/proxy', '/a//b');
  const time = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
  const signers = new Map<string, SigV4Signer>();
  await fc.assert(
    fc.asyncProperty(
      model,
      body,
      token,
      host,
      prefix,
      time,
      async (id, bytes, session, name, before, atMs) => {
        const path = `${before}/model/${encodePathPart(id)}/converse`;
        // One signer for many requests: what it keeps of a day must not be taken for another.
        const signer = signers.get(name) ?? new SigV4Signer('eu-central-1', 'bedrock', name);
        signers.set(name, signer);
        const credentials = { ...keys, sessionToken: session };
        const parts = { method: 'POST', path, body: bytes, contentType: 'application/json', nowMs: atMs };
        const ours = signer.sign(parts, credentials);
        const theirs = await expected(path, bytes, session, name, atMs);
        return (
          ours['authorization'] === theirs['authorization'] &&
          ours['x-amz-date'] === theirs['x-amz-date'] &&
          ours['x-amz-security-token'] === theirs['x-amz-security-token']
        );
      },
    ),
  );
});

t.test('a colon in a model id is encoded for the path and once more for the signature', async (t) => {
  const path = `/model/${encodePathPart('anthropic.claude-v2:1')}/converse`;
  t.equal(path, '/model/anthropic.claude-v2%3A1/converse');
  t.equal(canonicalPath(path), '/model/anthropic.claude-v2%253A1/converse');
});

t.test('other keys on the same day give another signature', async (t) => {
  const signer = new SigV4Signer('us-east-1', 'bedrock', 'host');
  const parts = { method: 'POST', path: '/', body: '{}', contentType: 'application/json', nowMs };
  const one = signer.sign(parts, keys);
  const other = signer.sign(parts, { ...keys, secretAccessKey: 'other' });
  t.not(one['authorization'], other['authorization']);
  t.same(signer.sign(parts, keys), one);
});
