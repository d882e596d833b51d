import t from 'tap';
import type { Effort, Reasoning, Tool } from '../../../../sdk/conversation.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { assistant, call, encode, result, user } from './support.ts';

const weather: Tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: {
    $schema: 'x',
    type: 'object',
    properties: { city: { type: ['string', 'null'] } },
    additionalProperties: false,
  },
  strict: null,
};

const native = (name: string, value: JsonObject = {}) => ({ dialect: 'messages', name, value });

t.test('instructions, roles and settings have their places', async (t) => {
  const { body, dropped } = encode({
    system: [
      { type: 'text', text: 'Be brief.' },
      { type: 'text', text: 'Be kind.' },
    ],
    turns: [user('Hi'), assistant('Hello'), user('2+2?')],
    maxOutputTokens: 100,
    stop: ['END'],
    temperature: 0,
    topP: 0.9,
    topK: 40,
    seed: 7,
    presencePenalty: 0.1,
    frequencyPenalty: 0.2,
    count: 2,
    logprobs: 3,
  });
  t.same(body, {
    contents: [
      { role: 'user', parts: [{ text: 'Hi' }] },
      { role: 'model', parts: [{ text: 'Hello' }] },
      { role: 'user', parts: [{ text: '2+2?' }] },
    ],
    systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] },
    generationConfig: {
      maxOutputTokens: 100,
      stopSequences: ['END'],
      temperature: 0,
      topP: 0.9,
      topK: 40,
      candidateCount: 2,
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      responseLogprobs: true,
      logprobs: 3,
    },
  });
  t.same(dropped, []);
});

t.test('a plain question is nothing but contents, and configured safety settings go along', async (t) => {
  t.same(encode({}).body, { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] });
  const safetySettings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }];
  t.same(
    encode({}, 'gemini-2.5-pro', { vertex: false, safetySettings }).body['safetySettings'],
    safetySettings,
  );
  t.same(encode({ logprobs: 0 }).body['generationConfig'], { responseLogprobs: true });
});

t.test('a conversation begins with the user', async (t) => {
  const blank = { role: 'user', parts: [{ text: ' ' }] };
  t.same(encode({ turns: [] }).body['contents'], [blank]);
  t.same(encode({ turns: [assistant('Hi')] }).body['contents'], [
    blank,
    { role: 'model', parts: [{ text: 'Hi' }] },
  ]);
});

t.test('what has no place is named', async (t) => {
  const cache = { ttl: null };
  const { dropped } = encode({
    system: [{ type: 'text', text: 'a', cache }],
    turns: [
      user({ type: 'text', text: 'b', cache }),
      assistant(
        { type: 'reasoning', text: 'Hm' },
        { type: 'reasoning', text: 'Hm', seal: { issuer: 'anthropic', value: 's' } },
        { type: 'native', dialect: 'messages', name: 'web_search_tool_result', value: {} },
        'c',
      ),
    ],
    tools: [{ ...weather, strict: true, cache }],
    parallelToolCalls: false,
    user: 'u-1',
    extra: { service_tier: 'auto', metadata: {} },
  });
  t.same(dropped.toSorted(), [
    'cache_control',
    'metadata',
    'parallel_tool_calls',
    'reasoning',
    'service_tier',
    'strict',
    'user',
    'web_search_tool_result',
  ]);
});

t.test('more stop sequences than Gemini takes are refused', async (t) => {
  const stop = ['1', '2', '3', '4', '5', '6'];
  t.throws(() => encode({ stop }), { code: 'unsupported_parameter', param: 'stop' });
});

t.test('functions go with JSON schema, or with the old form for old models', async (t) => {
  t.same(encode({ tools: [weather] }).body['tools'], [
    {
      functionDeclarations: [
        {
          name: 'get_weather',
          description: 'Weather of a city',
          parametersJsonSchema: {
            type: 'object',
            properties: { city: { type: ['string', 'null'] } },
            additionalProperties: false,
          },
        },
      ],
    },
  ]);
  t.match(encode({ tools: [weather] }, 'gemini-1.5-pro').body['tools'], [
    {
      functionDeclarations: [
        { parameters: { type: 'OBJECT', properties: { city: { type: 'STRING', nullable: true } } } },
      ],
    },
  ]);
  const bare = { ...weather, schema: {} };
  t.same(encode({ tools: [bare] }, 'gemini-1.5-pro').body['tools'], [
    { functionDeclarations: [{ name: 'get_weather', description: 'Weather of a city' }] },
  ]);
});

t.test('the choice of tools', async (t) => {
  const config = (changes: Parameters<typeof encode>[0]) =>
    encode({ tools: [weather], ...changes }).body['toolConfig'];
  const mode = (more: JsonObject) => ({ functionCallingConfig: more });
  t.same(config({}), undefined);
  t.same(config({ toolChoice: { type: 'auto' } }), mode({ mode: 'AUTO' }));
  t.same(config({ toolChoice: { type: 'required' } }), mode({ mode: 'ANY' }));
  t.same(config({ toolChoice: { type: 'none' } }), mode({ mode: 'NONE' }));
  t.same(
    config({ toolChoice: { type: 'tool', name: 'get_weather' } }),
    mode({ mode: 'ANY', allowedFunctionNames: ['get_weather'] }),
  );
  t.same(config({ tools: [], toolChoice: { type: 'auto' } }), undefined);
});

t.test('names that Gemini refuses are changed, the same everywhere, and can be changed back', async (t) => {
  const names = ['1st tool', 'über', 'a.b:c-d', '9', '-x'];
  const { body, toolNames = {} } = encode({
    tools: names.map((name) => ({ ...weather, name })),
    toolChoice: { type: 'tool', name: '1st tool' },
    turns: [user('Hi'), assistant(call('c1', { name: '1st tool' })), user(result('c1', 'ok'))],
  });
  const text = JSON.stringify(body);
  const sent = [...text.matchAll(/"name":"([^"]+)"/g)].map((match) => match[1]!);
  for (const name of sent) t.match(name, /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/);
  t.ok(sent.includes('a.b:c-d'));
  t.same(Object.values(toolNames).toSorted(), ['-x', '1st tool', '9', 'über']);
  const [wire] = Object.entries(toolNames).find(([, name]) => name === '1st tool')!;
  t.equal(text.split(`"${wire}"`).length - 1, 4, 'declaration, choice, call and result');
});

t.test("another provider's web search becomes Google's", async (t) => {
  const search = encode({
    nativeTools: [
      native('web_search', { type: 'web_search_20250305', name: 'web_search', user_location: {} }),
      native('web_search_preview'),
      native('web_search_options', { search_context_size: 'low' }),
    ],
  });
  t.same(search.body['tools'], [{ googleSearch: {} }]);
  t.same(search.dropped, ['user_location', 'search_context_size']);
});

t.test('other tools of providers are named, or refused where nothing else is offered', async (t) => {
  const bash = native('bash', { type: 'bash_20250124' });
  const limited = native('web_search', { allowed_domains: ['example.com'] });
  for (const tool of [bash, limited]) {
    t.throws(() => encode({ nativeTools: [tool] }), { code: 'unsupported_parameter', message: tool.name });
    const { body, dropped } = encode({ nativeTools: [tool], tools: [weather] });
    t.same(dropped, [tool.name]);
    t.notMatch(JSON.stringify(body), /googleSearch/);
  }
});

t.test('JSON output, with and without a schema', async (t) => {
  const schema = {
    type: 'object',
    properties: { a: { type: ['integer', 'null'] } },
    additionalProperties: false,
  };
  const format = { type: 'schema', name: 'x', description: 'An answer', schema, strict: true } as const;
  t.same(encode({ output: { type: 'json' } }).body['generationConfig'], {
    responseMimeType: 'application/json',
  });
  t.same(encode({ output: format }).body['generationConfig'], {
    responseMimeType: 'application/json',
    responseJsonSchema: { ...schema, description: 'An answer' },
  });
  t.same(encode({ output: format }, 'gemini-1.5-flash').body['generationConfig'], {
    responseMimeType: 'application/json',
    responseSchema: {
      type: 'OBJECT',
      description: 'An answer',
      properties: { a: { type: 'INTEGER', nullable: true } },
    },
  });
});

t.test('before Gemini 3 JSON beside tools is asked for in words', async (t) => {
  const output = { type: 'json' } as const;
  const old = encode({ output, tools: [weather] }, 'gemini-2.5-flash');
  t.equal(old.body['generationConfig'], undefined);
  t.match(old.body['systemInstruction'], { parts: [{ text: /JSON object/ }] });
  t.same(old.dropped, ['response_format']);
  const now = encode({ output, tools: [weather] }, 'gemini-3-flash-preview');
  t.match(now.body['generationConfig'], { responseMimeType: 'application/json' });
  t.same(now.dropped, []);
});

const reasoning = (
  effort: Effort | null,
  budgetTokens: number | null = null,
  visible: boolean | null = null,
) => ({ effort, budgetTokens, visible }) satisfies Reasoning;
const shown = { includeThoughts: true };
const thoughts: readonly (readonly [string, Reasoning, JsonObject | undefined, string[]])[] = [
  ['gemini-2.5-flash', reasoning('high'), { thinkingBudget: 16_384, ...shown }, []],
  ['gemini-2.5-flash', reasoning('max'), { thinkingBudget: 24_576, ...shown }, []],
  ['gemini-2.5-flash', reasoning('none'), { thinkingBudget: 0 }, []],
  ['gemini-2.5-flash', reasoning(null, 0), { thinkingBudget: 0 }, []],
  ['gemini-2.5-flash', reasoning(null, 5000, false), { thinkingBudget: 5000 }, []],
  ['gemini-2.5-flash', reasoning(null), { thinkingBudget: -1, ...shown }, []],
  ['gemini-2.5-flash-lite', reasoning(null, 100), { thinkingBudget: 512, ...shown }, []],
  ['gemini-2.5-pro', reasoning('none'), { thinkingBudget: 128 }, ['reasoning_effort']],
  ['gemini-2.5-pro', reasoning(null, 99_999), { thinkingBudget: 32_768, ...shown }, []],
  ['gemini-2.0-flash', reasoning('high'), undefined, ['reasoning_effort']],
  ['gemini-2.0-flash', reasoning('none'), undefined, []],
  ['gemini-3-flash-preview', reasoning('minimal'), { thinkingLevel: 'minimal', ...shown }, []],
  ['gemini-3-flash-preview', reasoning('none'), { thinkingLevel: 'minimal' }, ['reasoning_effort']],
  ['gemini-3-pro-preview', reasoning('medium'), { thinkingLevel: 'low', ...shown }, []],
  ['gemini-3.1-pro-preview', reasoning('medium'), { thinkingLevel: 'medium', ...shown }, []],
  ['gemini-3.1-pro-preview', reasoning('xhigh', null, false), { thinkingLevel: 'high' }, []],
  ['gemini-3.5-flash', reasoning(null, 1024), { thinkingLevel: 'low', ...shown }, []],
  ['gemini-3.5-flash', reasoning(null, 20_000), { thinkingLevel: 'high', ...shown }, []],
  ['gemini-3.8-flash', reasoning('minimal'), { thinkingLevel: 'low', ...shown }, []],
  ['gemini-flash-latest', reasoning(null, null, true), shown, []],
  ['gemini-flash-latest', reasoning(null, null, false), undefined, []],
];
for (const [model, wanted, config, dropped] of thoughts) {
  t.test(`thinking of ${model}: ${JSON.stringify(wanted)}`, async (t) => {
    const encoded = encode({ reasoning: wanted }, model);
    t.same(encoded.body['generationConfig'], config === undefined ? undefined : { thinkingConfig: config });
    t.same(encoded.dropped, dropped);
  });
}
