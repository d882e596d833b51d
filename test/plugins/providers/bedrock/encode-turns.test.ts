import fc from 'fast-check';
import t from 'tap';
import type { Block, Turn } from '../../../../sdk/conversation.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import {
  adaptive,
  answer,
  call,
  legacy,
  llama,
  loop,
  messagesOf,
  mistral,
  nova,
  refusal,
  result,
  text,
  toolsOf,
  user,
  weather,
} from './encode-kit.ts';
import { encode, say } from './kit.ts';

t.test('system texts come in order, blank ones do not come at all', async (t) => {
  const { json } = encode(say({ system: [text('One'), text(' \n'), text('Two')] }));
  t.same(json['system'], [{ text: 'One' }, { text: 'Two' }]);
});

t.test('all results of a turn are in one message, in the order of the calls, texts after them', async (t) => {
  const turns = [
    user(text('Weather?')),
    answer(call('c1'), call('c2')),
    user(result('c2', 'sun')),
    user(text('Thanks'), result('c1', ' ', true)),
    user(text('Go on')),
  ];
  t.same(messagesOf(encode(say({ turns })).json)[2], {
    role: 'user',
    content: [
      { toolResult: { toolUseId: 'c1', content: [{ text: '(no output)' }], status: 'error' } },
      { toolResult: { toolUseId: 'c2', content: [{ text: 'sun' }] } },
      { text: 'Thanks' },
      { text: 'Go on' },
    ],
  });
  const { content } = messagesOf(
    encode(say({ turns: [loop[0]!, loop[1]!, user(result('c1', 'oh', true))] }), llama).json,
  )[2]!;
  t.same(content, [
    { toolResult: { toolUseId: 'c1', content: [{ text: 'The tool failed.' }, { text: 'oh' }] } },
  ]);
});

t.test('ids are made to fit, the same for call and result', async (t) => {
  for (const [model, form] of [
    [adaptive, /^[a-zA-Z0-9_-]{1,64}$/],
    [mistral, /^[a-zA-Z0-9]{9}$/],
  ] as const) {
    const turns = [user(text('Hi')), answer(call('call.1|x')), user(result('call.1|x'))];
    const messages = messagesOf(encode(say({ turns }), model).json);
    const used = (messages[1]!.content[0]!['toolUse'] as JsonObject)['toolUseId'];
    t.match(used, form);
    t.equal((messages[2]!.content[0]!['toolResult'] as JsonObject)['toolUseId'], used);
  }
});

t.test('reasoning goes back to its issuer only, with blank texts that its signature covers', async (t) => {
  const turns = (issuer: string) => [
    user(text('Hi')),
    answer({ type: 'reasoning', text: 'Hm', seal: { issuer, value: 'sig' } }, text(' '), text('Yes')),
    user(text('And?')),
  ];
  t.same(messagesOf(encode(say({ turns: turns('anthropic') })).json)[1]!.content, [
    { reasoningContent: { reasoningText: { text: 'Hm', signature: 'sig' } } },
    { text: ' ' },
    { text: 'Yes' },
  ]);
  for (const model of [adaptive, nova]) {
    const { json, dropped } = encode(say({ turns: turns('google') }), model);
    t.same(messagesOf(json)[1]!.content, [{ text: 'Yes' }]);
    t.same(dropped, ['reasoning']);
  }
  const unsigned = [user(text('Hi')), answer({ type: 'reasoning', text: 'Hm' }), user(text('And?'))];
  t.same(messagesOf(encode(say({ turns: unsigned })).json), [
    { role: 'user', content: [{ text: 'Hi' }, { text: 'And?' }] },
  ]);
});

t.test(
  'a conversation that begins with an answer, or with nothing, begins with a user nevertheless',
  async (t) => {
    t.same(
      messagesOf(encode(say({ turns: [answer(text('Hi')), user(text('Ho'))] })).json).map(({ role }) => role),
      ['user', 'assistant', 'user'],
    );
    t.same(messagesOf(encode(say({ turns: [] })).json), [
      { role: 'user', content: [{ text: '(no message)' }] },
    ]);
  },
);

t.test('an answer to be continued does not end with blanks', async (t) => {
  const last = (said: string) =>
    messagesOf(encode(say({ turns: [user(text('Hi')), answer(text(said))] }), legacy).json).at(-1);
  t.same(last('{ '), { role: 'assistant', content: [{ text: '{' }] });
  t.same(last(' \n'), { role: 'user', content: [{ text: 'Hi' }] });
});

t.test('cache points follow what they cache, in all three places, once', async (t) => {
  const cache = { ttl: null };
  const long = { ttl: '1h' };
  const { json } = encode(
    say({
      tools: [{ ...weather, cache: long }],
      system: [{ ...text('Be brief'), cache: { ttl: '5m' } }],
      turns: [
        user({ ...text('Hi'), cache }, { ...text(' '), cache }),
        answer(call('c1')),
        user({ ...result('c1'), content: [{ ...text('rain'), cache }] }),
      ],
    }),
  );
  const point = { cachePoint: { type: 'default' } };
  t.same(toolsOf(json)!.tools[1], { cachePoint: { type: 'default', ttl: '1h' } });
  t.same(json['system'], [{ text: 'Be brief' }, point]);
  t.same(messagesOf(json)[0]!.content, [{ text: 'Hi' }, point]);
  t.same(messagesOf(json)[2]!.content[1], point);
});

t.test('of more than four cache points the last four stay', async (t) => {
  const blocks = Array.from({ length: 6 }, (_, index) => ({ ...text(`t${index}`), cache: { ttl: null } }));
  const { json, dropped } = encode(say({ turns: [user(...blocks)] }));
  t.same(
    messagesOf(json)[0]!.content.map((block) => ('cachePoint' in block ? '|' : block['text'])),
    ['t0', 't1', 't2', '|', 't3', '|', 't4', '|', 't5', '|'],
  );
  t.same(dropped, ['cache_control']);
});

t.test('cache points go to models that have them', async (t) => {
  const cache = { ttl: '1h' };
  const asked = say({ tools: [{ ...weather, cache }], system: [{ ...text('Be brief'), cache }] });
  t.match(encode(asked, nova), {
    dropped: ['cache_control', 'cache_control.ttl'],
    json: { system: [{ text: 'Be brief' }, { cachePoint: { type: 'default' } }] },
  });
  t.equal(toolsOf(encode(asked, nova).json)!.tools.length, 1);
  for (const model of [llama, 'anthropic.claude-3-sonnet-20240229-v1:0']) {
    const { json, dropped } = encode(asked, model);
    t.same(dropped, ['cache_control']);
    t.notMatch(JSON.stringify(json), /cachePoint/);
  }
});

t.test('images are data in a known format; anything else is refused with advice', async (t) => {
  const image = (source: unknown, detail?: string) =>
    say({ turns: [user({ type: 'image', source, ...(detail === undefined ? {} : { detail }) } as Block)] });
  const png = { kind: 'base64', mediaType: 'image/png', data: 'iVBORw0KGgo=' };
  const { json, dropped } = encode(image(png, 'high'));
  t.same(messagesOf(json)[0]!.content, [{ image: { format: 'png', source: { bytes: png.data } } }]);
  t.same(dropped, ['image detail']);
  t.match(refusal(image({ kind: 'url', url: 'https://example.com/a.png' })), {
    code: 'unsupported_parameter',
    message: /data:TYPE;base64/,
  });
  t.match(refusal(image({ kind: 'file', id: 'file-1' })), { code: 'unsupported_parameter' });
  t.match(refusal(image({ ...png, mediaType: 'image/tiff' })), { message: /image\/tiff/ });
  const audio: Block = { type: 'audio', data: 'AAAA', format: 'wav' };
  t.match(refusal(say({ turns: [user(audio)] })), { code: 'unsupported_parameter', message: /sound/ });
});

t.test('documents have neutral names of their own and a text beside them', async (t) => {
  const pdf = (name: string): Block => ({
    type: 'document',
    name,
    source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' },
  });
  const note: Block = { type: 'document', name: '', source: { kind: 'text', text: 'grüße' } };
  const { json, dropped } = encode(
    say({ turns: [user(pdf('a.pdf')), answer(text('OK')), user(text('This?'), note)] }),
  );
  t.same(messagesOf(json)[0]!.content, [
    { text: 'See the attached document.' },
    { document: { format: 'pdf', name: 'document-1', source: { bytes: 'JVBERi0=' } } },
  ]);
  t.same(messagesOf(json)[2]!.content[1], {
    document: {
      format: 'txt',
      name: 'document-2',
      source: { bytes: Buffer.from('grüße').toString('base64') },
    },
  });
  t.same(dropped, ['filename']);
});

t.test('any conversation becomes messages that Converse takes', async () => {
  const said = fc.constantFrom('', ' ', 'a', 'b\n', '日本');
  const block: fc.Arbitrary<Block> = fc.oneof(
    said.map(text),
    fc.record({
      type: fc.constant('reasoning' as const),
      text: said,
      seal: fc.constantFrom({ issuer: 'anthropic', value: 's' }, { issuer: 'google', value: 's' }),
    }),
    fc.constant<Block>({ type: 'native', dialect: 'messages', name: 'server_tool_use', value: {} }),
  );
  const turn: fc.Arbitrary<Turn[]> = fc.oneof(
    fc
      .tuple(fc.constantFrom('user', 'system', 'assistant'), fc.array(block, { maxLength: 3 }))
      .map(([role, blocks]) => [
        // Reasoning is in answers only.
        {
          role,
          blocks: role === 'assistant' ? blocks : blocks.filter(({ type }) => type === 'text'),
        } as Turn,
      ]),
    fc
      .tuple(fc.uniqueArray(fc.constantFrom('i1', 'i2', 'i3'), { minLength: 1 }), fc.boolean(), said)
      .map(([ids, all, words]) => [
        answer(...ids.map((id) => call(id))),
        user(text(words), ...(all ? ids : ids.slice(1)).map((id) => result(id, words)).reverse()),
      ]),
  );
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 6 }), (turns) => {
      const messages = messagesOf(encode(say({ turns: turns.flat() }), nova).json);
      if (messages.length === 0 || messages[0]!.role !== 'user') return false;
      return messages.every(({ role, content }, index) => {
        const before = messages[index - 1];
        const calls = (before?.content ?? []).flatMap((item) =>
          'toolUse' in item ? [(item['toolUse'] as JsonObject)['toolUseId']] : [],
        );
        const results = content.flatMap((item) =>
          'toolResult' in item ? [(item['toolResult'] as JsonObject)['toolUseId']] : [],
        );
        const leading = content.slice(0, results.length).every((item) => 'toolResult' in item);
        const blank = content.some(
          (item) => item['text'] !== undefined && String(item['text']).trim() === '',
        );
        return (
          content.length > 0 &&
          role !== before?.role &&
          leading &&
          !blank &&
          JSON.stringify(calls) === JSON.stringify(results)
        );
      });
    }),
  );
});
