import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import t from 'tap';
import type { BedrockOptions } from '../../../../plugins/providers/bedrock/options.ts';
import { bedrockProvider } from '../../../../plugins/providers/bedrock/provider.ts';
import type { ProviderCall } from '../../../../sdk/provider.ts';
import { Secret } from '../../../../sdk/secret.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import type { UpstreamRequest } from '../../../../sdk/transport.ts';
import { makeCall, makeProvider } from './kit.ts';

/** A request that must be there at once. */
function request(options: BedrockOptions = {}, changes: Partial<ProviderCall> = {}): UpstreamRequest {
  const made = makeProvider(options).request(makeCall(changes));
  if (made instanceof Promise) throw new Error('expected the request at once');
  return made;
}

const arn = 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc1';

t.test('a signed request holds what AWS needs, and nothing of the client', async (t) => {
  const { headers, ...rest } = request({ session_token: new Secret('token\n') });
  t.same(rest, {
    method: 'POST',
    origin: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    path: '/model/us.anthropic.claude-sonnet-4-6/converse',
    body: '{"messages":[]}',
  });
  t.match(headers, {
    accept: 'application/json',
    'accept-encoding': 'identity',
    'content-type': 'application/json',
    'user-agent': 'sluice',
    'x-amz-date': '20260101T000000Z',
    'x-amz-security-token': 'token',
    'x-request-id': 'req_1',
    authorization:
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20260101\/us-east-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
  });
  t.notOk('host' in headers, 'the transport writes it');
});

t.test('every wire has its path, ids are encoded, ARNs whole', async (t) => {
  const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
  const path = (changes: Partial<ProviderCall>) => request({}, { model, ...changes }).path;
  t.equal(path({}), '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse');
  t.equal(path({ stream: true }), '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream');
  const body = '{"model":"x","messages":[]}';
  t.match(path({ wire: 'messages', body }), /\/invoke$/);
  t.match(path({ wire: 'messages', body, stream: true }), /\/invoke-with-response-stream$/);
  t.match(path({ wire: 'bedrock-embeddings' }), /\/invoke$/);
  t.equal(
    path({ wire: 'bedrock-count-tokens' }),
    '/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens',
  );
  t.equal(
    path({ model: arn }),
    '/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aapplication-inference-profile%2Fabc1/converse',
  );
  const counted = request(
    { base_models: { [arn]: 'anthropic.claude-sonnet-4-6' } },
    { model: arn, wire: 'bedrock-count-tokens' },
  );
  t.equal(counted.path, '/model/anthropic.claude-sonnet-4-6/count-tokens');
});

t.test(
  'the signature is the one of the AWS SDK for the request as it is sent, at a custom address too',
  async (t) => {
    for (const base_url of [
      undefined,
      'http://127.0.0.1:9000/proxy/',
      'https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com',
    ]) {
      const clock = new FakeClock();
      const options = { ...(base_url === undefined ? {} : { base_url }), session_token: new Secret('t') };
      const sent = request(options, {
        model: arn,
        body: '{"messages":["é"]}',
        headers: { 'x-team': 'blue' },
      });
      const { host } = new URL(sent.origin);
      const signer = new SignatureV4({
        service: 'bedrock',
        region: 'us-east-1',
        credentials: {
          accessKeyId: 'AKIDEXAMPLE',
          secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
          sessionToken: 't',
        },
        sha256: Sha256,
        applyChecksum: false,
      });
      const signed = await signer.sign(
        {
          method: 'POST',
          protocol: 'https:',
          hostname: host,
          path: sent.path,
          query: {},
          headers: { host, 'content-type': sent.headers['content-type']! },
          body: sent.body,
        },
        { signingDate: new Date(clock.now()) },
      );
      t.equal(sent.headers['authorization'], signed.headers['authorization'], base_url ?? 'default');
    }
  },
);

t.test('API keys are bearer tokens that take turns, and need no region beside an address', async (t) => {
  const api_key = [new Secret('k1'), new Secret('k2')];
  const { request } = makeProvider({ api_key });
  const used = [1, 2, 3].map(() => (request(makeCall()) as UpstreamRequest).headers['authorization']);
  t.same(used, ['Bearer k1', 'Bearer k2', 'Bearer k1']);
  t.notOk('x-amz-date' in (request(makeCall()) as UpstreamRequest).headers);
  t.equal(
    (
      makeProvider({ api_key, region: '', base_url: 'http://127.0.0.1:9' }).request(
        makeCall(),
      ) as UpstreamRequest
    ).origin,
    'http://127.0.0.1:9',
  );
});

t.test('options that no request could be made with are refused when the provider is made', async (t) => {
  const one = new Secret('x');
  const wrong: [BedrockOptions, RegExp][] = [
    [{ region: '' }, /region is missing/],
    [{ region: 'eu' }, /region must be one of AWS/],
    [{ region: '', base_url: 'http://127.0.0.1:9' }, /region is missing/],
    [{ api_key: one, access_key_id: one, secret_access_key: one }, /exclude each other/],
    [{ profile: 'p', access_key_id: one, secret_access_key: one }, /exclude each other/],
    [{ profile: 'p', access_key_id: one }, /belong together/],
    [{ profile: 'p', session_token: one }, /session_token needs/],
    [{ secret_access_key: new Secret(' ') }, /secret_access_key is empty/],
    [{ base_url: 'https://a.example/?x=1' }, /query/],
    [{ headers: { 'X-Amz-Target': 'x' } }, /x-amz-target would have to be signed/],
  ];
  for (const [options, message] of wrong) t.throws(() => makeProvider(options), { message });
  t.equal(
    request({ region: '', base_url: 'https://bedrock-runtime.eu-west-3.amazonaws.com' }).headers[
      'authorization'
    ]!.includes('/eu-west-3/'),
    true,
  );
  t.equal(request({ region: 'cn-north-1' }).origin, 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn');
});

t.test('a policy adds headers, but none that AWS would want signed and none that are needed', async (t) => {
  const headers = {
    'x-team': 'blue',
    'x-amz-security-token': 'forged',
    authorization: 'Bearer client',
    accept: 'text/html',
  };
  const sent = request({ headers: { 'X-Title': 'Sluice' } }, { headers });
  t.match(sent.headers, {
    'x-team': 'blue',
    'x-title': 'Sluice',
    accept: 'application/json',
    authorization: /^AWS4/,
  });
  t.notOk('x-amz-security-token' in sent.headers);
});

t.test("a body of Anthropic's is sent as InvokeModel takes it, with allowed flags only", async (t) => {
  const body =
    '{ "model":"claude", "max_tokens": 1.0, "stream":true,"messages":[{"role":"user","content":"a \\"model\\": \\\\"}]}';
  const clientHeaders = {
    'anthropic-beta': 'context-1m-2025-08-07, claude-code-20250219,context-1m-2025-08-07',
  };
  const sent = request(
    { invoke: true },
    { wire: 'messages', api: 'messages', body, clientHeaders, stream: true },
  );
  t.equal(
    sent.body,
    '{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["context-1m-2025-08-07"],"max_tokens": 1.0,"messages":[{"role":"user","content":"a \\"model\\": \\\\"}]}',
  );
  t.equal(sent.headers['accept'], 'application/vnd.amazon.eventstream');
});

t.test('flags go into the fields of Converse, for Claude only', async (t) => {
  const clientHeaders = { 'anthropic-beta': 'mine,other' };
  const bodyOf = (body: string, model = 'anthropic.claude-sonnet-4-6') =>
    request({ betas: ['mine'] }, { body, model, clientHeaders }).body;
  t.equal(
    bodyOf('{"messages":[]}'),
    '{"messages":[],"additionalModelRequestFields":{"anthropic_beta":["mine"]}}',
  );
  t.equal(
    bodyOf('{"additionalModelRequestFields":{"top_k":1},"messages":[]}'),
    '{"additionalModelRequestFields":{"anthropic_beta":["mine"],"top_k":1},"messages":[]}',
  );
  t.equal(
    bodyOf('{"additionalModelRequestFields":{ }}'),
    '{"additionalModelRequestFields":{"anthropic_beta":["mine"] }}',
  );
  t.equal(bodyOf('{"messages":[]}', 'amazon.nova-pro-v1:0'), '{"messages":[]}');
});

t.test('a guardrail is in the body of Converse and in the headers of InvokeModel', async (t) => {
  const guardrail = { identifier: 'g1', version: '2', trace: 'enabled' } as const;
  const { headers } = request({ guardrail, invoke: true }, { wire: 'messages', body: '{}' });
  t.match(headers, {
    'x-amzn-bedrock-guardrailidentifier': 'g1',
    'x-amzn-bedrock-guardrailversion': '2',
    'x-amzn-bedrock-trace': 'ENABLED',
  });
  t.notOk('x-amzn-bedrock-trace' in request({ guardrail }).headers);
});

t.test('each API has its format, where the model has the API', async (t) => {
  const provider = makeProvider({ invoke: true, base_models: { [arn]: 'anthropic.claude-sonnet-4-6' } });
  const nameOf = (api: ProviderCall['api'], model: string) => {
    const dialect = provider.dialect(api, model);
    return dialect === null || typeof dialect === 'string' ? dialect : dialect.name;
  };
  const claude = 'eu.anthropic.claude-sonnet-4-6';
  const nova = 'amazon.nova-pro-v1:0';
  t.equal(nameOf('chat', claude), 'converse');
  t.equal(nameOf('responses', nova), 'converse');
  t.equal(nameOf('messages', claude), 'messages');
  t.equal(nameOf('messages', arn), 'messages');
  t.equal(nameOf('messages', nova), 'converse');
  t.equal(nameOf('completions', claude), null);
  t.equal(nameOf('count_tokens', claude), 'bedrock-count-tokens');
  t.equal(nameOf('count_tokens', nova), null);
  t.equal(nameOf('embeddings', 'amazon.titan-embed-text-v2:0'), 'bedrock-embeddings');
  t.equal(nameOf('embeddings', nova), null);
  t.equal(nameOf('chat', 'cohere.embed-english-v3'), null);
  t.ok(provider.framing?.('messages', claude));
  t.equal(provider.framing?.('chat', claude), undefined);
});

t.test('who makes a model, in every spelling', async (t) => {
  const makers: Record<string, string> = {
    'anthropic.claude-3-5-sonnet-20240620-v1:0': 'anthropic',
    'us.anthropic.claude-sonnet-4-6': 'anthropic',
    'us-gov.anthropic.claude-3-haiku-20240307-v1:0': 'anthropic',
    'apac.anthropic.claude-sonnet-4-20250514-v1:0': 'anthropic',
    'global.anthropic.claude-opus-4-8': 'anthropic',
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6': 'anthropic',
    'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0': 'amazon',
    'us.amazon.nova-micro-v1:0': 'amazon',
    'amazon.titan-embed-text-v1': 'amazon',
    'us.meta.llama3-3-70b-instruct-v1:0': 'meta',
    'mistral.mistral-large-2407-v1:0': 'mistral',
    'cohere.embed-english-v3': 'cohere',
    'ai21.jamba-1-5-large-v1:0': 'ai21',
    'us.deepseek.r1-v1:0': 'deepseek',
    'qwen.qwen3-32b-v1:0': 'qwen',
    'openai.gpt-oss-120b-1:0': 'openai',
    [arn]: '',
  };
  for (const [model, vendor] of Object.entries(makers)) t.equal(bedrockProvider.vendor(model), vendor, model);
});
