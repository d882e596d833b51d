import t from 'tap';
import type { JsonObject } from '../../../../sdk/json.ts';
import { assistant, call, encode, result, user } from './support.ts';

t.test('results stand alone after the calls, in their order, and the rest follows', async (t) => {
  const { body } = encode({
    turns: [
      user('Hi'),
      assistant('Let me see.', call('c1'), call('c2', { name: 'other', arguments: '' })),
      user('And hurry.', result('c2', 'plain text'), result('c1', '{"degrees":7}')),
    ],
  });
  t.same(body['contents'], [
    { role: 'user', parts: [{ text: 'Hi' }] },
    {
      role: 'model',
      parts: [
        { text: 'Let me see.' },
        { functionCall: { name: 'get_weather', args: { city: 'Oslo' } } },
        { functionCall: { name: 'other', args: {} } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { name: 'get_weather', response: { degrees: 7 } } },
        { functionResponse: { name: 'other', response: { result: 'plain text' } } },
      ],
    },
    { role: 'user', parts: [{ text: 'And hurry.' }] },
  ]);
});

const responses = [
  ['{"a":1}', false, { a: 1 }],
  ['[1,2]', false, { result: [1, 2] }],
  ['12345678901234567890', false, { result: '12345678901234567890' }],
  ['', false, { result: '' }],
  ['{broken', false, { result: '{broken' }],
  ['it failed', true, { error: 'it failed' }],
  ['{"code":1}', true, { error: { code: 1 } }],
] as const;
for (const [text, isError, response] of responses) {
  t.test(`a result is an object: ${JSON.stringify(text)}${isError ? ', an error' : ''}`, async (t) => {
    const { body } = encode({
      turns: [user('Hi'), assistant(call('c1')), user(result('c1', text, isError))],
    });
    t.same(body['contents']![2], {
      role: 'user',
      parts: [{ functionResponse: { name: 'get_weather', response } }],
    });
  });
}

t.test('images of a tool are in its result since Gemini 3, and beside it before', async (t) => {
  const image = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } } as const;
  const turns = [
    user('Hi'),
    assistant(call('c1')),
    user({ ...result('c1', 'see'), content: [{ type: 'text', text: 'see' }, image] }),
  ];
  const part = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
  const now = encode({ turns }, 'gemini-3-pro-preview').body['contents']!;
  t.match(now[2], { parts: [{ functionResponse: { response: { result: 'see' }, parts: [part] } }] });
  t.equal((now as unknown[]).length, 3);
  const old = encode({ turns }, 'gemini-2.5-pro').body['contents']!;
  t.notOk(JSON.stringify(old[2]).includes('inlineData'));
  t.same(old[3], { role: 'user', parts: [{ text: 'Files that get_weather answered with:' }, part] });
});

t.test('signatures go back onto the part that they came on', async (t) => {
  const seal = (value: string, issuer = 'google') => ({ seal: { issuer, value } });
  const { body, dropped } = encode(
    {
      turns: [
        user('Hi'),
        assistant(
          { type: 'reasoning', text: 'Hm', ...seal('s1') },
          { type: 'text', text: 'Yes', ...seal('s2') },
          { type: 'text', text: '', ...seal('s3') },
          { type: 'text', text: '' },
          { type: 'text', text: 'No', ...seal('s4', 'anthropic') },
          call('c1', seal('s5')),
          call('c2'),
        ),
        user(result('c1', 'a'), result('c2', 'b')),
      ],
    },
    'gemini-3-pro-preview',
  );
  t.match(body['contents']![1], {
    parts: [
      { text: 'Hm', thought: true, thoughtSignature: 's1' },
      { text: 'Yes', thoughtSignature: 's2' },
      { text: '', thoughtSignature: 's3' },
      { text: 'No', thoughtSignature: undefined },
      { thoughtSignature: 's5' },
      { functionCall: {}, thoughtSignature: undefined },
    ],
  });
  t.same(dropped, []);
});

t.test(
  'since Gemini 3 the first call of each step that has no signature gets the documented stand-in',
  async (t) => {
    const turns = [
      user('Hi'),
      assistant(call('c1'), call('c2')),
      user(result('c1', 'a'), result('c2', 'b')),
      assistant(call('c3', { seal: { issuer: 'openai', value: 'foreign' } })),
      user(result('c3', 'c')),
      assistant(call('c4', { seal: { issuer: 'google', value: 'own' } })),
    ];
    const signatures = (model: string) =>
      (encode({ turns }, model).body['contents'] as unknown as { role: string; parts: JsonObject[] }[])
        .filter(({ role }) => role === 'model')
        .map(({ parts }) => parts.map((part) => part['thoughtSignature']));
    const dummy = 'skip_thought_signature_validator';
    t.same(signatures('gemini-3-flash-preview'), [[dummy, undefined], [dummy], ['own']]);
    t.same(signatures('gemini-2.5-flash'), [[undefined, undefined], [undefined], ['own']]);
  },
);

t.test('ids go back since Gemini 3, but not those that the gateway made', async (t) => {
  const made = 'gemini_0123456789abcdef0123_0_1';
  const turns = [user('Hi'), assistant(call('abc'), call(made)), user(result('abc', 'a'), result(made, 'b'))];
  const ids = (model: string) => [
    ...JSON.stringify(encode({ turns }, model).body).matchAll(/"id":"([^"]*)"/g),
  ];
  t.same(
    ids('gemini-3-flash-preview').map((match) => match[1]),
    ['abc', 'abc'],
  );
  t.same(ids('gemini-2.5-flash'), []);
});
