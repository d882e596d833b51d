import t from 'tap';
import type { JsonObject } from '../../../../sdk/json.ts';
import {
  fieldsOf,
  llama,
  loop,
  mistral,
  nova,
  refusal,
  schema,
  text,
  toolsOf,
  weather,
} from './encode-kit.ts';
import { encode, say } from './kit.ts';

t.test('tools that others run are refused by name', async (t) => {
  const tools = [{ dialect: 'messages', name: 'web_search_20250305', value: {} }];
  t.match(refusal(say({ nativeTools: tools })), {
    code: 'unsupported_parameter',
    message: /web_search_20250305/,
    param: 'tools',
  });
});

t.test('tools and the demand for them', async (t) => {
  const { json } = encode(
    say({
      tools: [weather, { ...weather, name: 'a.b', description: '', schema: {} }],
      toolChoice: { type: 'tool', name: 'a.b' },
    }),
  );
  const { tools, toolChoice } = toolsOf(json)!;
  t.same(tools[0], {
    toolSpec: {
      name: 'get_weather',
      description: 'Weather of a city',
      inputSchema: { json: weather.schema },
    },
  });
  const renamed = (tools[1]!['toolSpec'] as JsonObject)['name'];
  t.same(tools[1], {
    toolSpec: { name: renamed, inputSchema: { json: { type: 'object', properties: {} } } },
  });
  t.same(toolChoice, { tool: { name: renamed } });
  const choices = [
    [{ type: 'auto' }, undefined],
    [{ type: 'required' }, { any: {} }],
    [{ type: 'none' }, undefined],
  ] as const;
  for (const [choice, expected] of choices) {
    const encoded = encode(say({ tools: [weather], toolChoice: choice }));
    t.same(toolsOf(encoded.json)!.toolChoice, expected, choice.type);
    t.equal(toolsOf(encoded.json)!.tools.length, 1, 'the tools stay');
    t.same(encoded.dropped, choice.type === 'none' ? ['tool_choice'] : []);
  }
  t.equal(
    toolsOf(encode(say({ toolChoice: { type: 'required' } })).json),
    undefined,
    'nothing to demand without tools',
  );
});

t.test('changed names of tools can be changed back', async (t) => {
  const { toolNames } = encode(say({ tools: [{ ...weather, name: 'a.b' }] }));
  t.same(Object.values(toolNames!), ['a.b']);
});

t.test('strict tools are strict where the model enforces them', async (t) => {
  const strict = {
    ...weather,
    strict: true,
    schema: { type: 'object', properties: { n: { type: 'number', minimum: 1 } } },
  };
  const spec = toolsOf(encode(say({ tools: [strict] })).json)!.tools[0]!['toolSpec'] as JsonObject;
  t.equal(spec['strict'], true);
  t.match(spec['inputSchema'], { json: { additionalProperties: false } });
  t.same(encode(say({ tools: [strict] }), nova).dropped, ['strict']);
});

t.test(
  'one call at a time is asked for in the words of Claude, beside a demand without its type',
  async (t) => {
    const once = { tools: [weather], parallelToolCalls: false };
    t.same(fieldsOf(encode(say(once)).json), {
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    });
    const demanded = encode(say({ ...once, toolChoice: { type: 'required' } })).json;
    t.same(fieldsOf(demanded), { tool_choice: { disable_parallel_tool_use: true } });
    t.same(fieldsOf(encode(say({ parallelToolCalls: false })).json), {}, 'not without tools');
    t.same(encode(say(once), nova).dropped, ['parallel_tool_calls']);
  },
);

t.test('a history with calls brings its tools back where the client sends none', async (t) => {
  t.same(toolsOf(encode(say({ turns: loop })).json), {
    tools: [{ toolSpec: { name: 'get_weather', inputSchema: { json: { type: 'object', properties: {} } } } }],
  });
});

t.test('JSON by schema: native where the model has it, its schema as a text', async (t) => {
  const { json, answerTool } = encode(say({ output: schema }));
  const { textFormat } = json['outputConfig'] as { textFormat: { structure: { jsonSchema: JsonObject } } };
  t.match(textFormat, {
    type: 'json_schema',
    structure: { jsonSchema: { name: 'city_info', description: 'A city' } },
  });
  t.match(JSON.parse(String(textFormat.structure.jsonSchema['schema'])), { additionalProperties: false });
  t.equal(answerTool, undefined);
});

t.test('JSON by schema: a demanded tool elsewhere, any of them where the client has tools', async (t) => {
  const alone = encode(say({ output: schema }), nova);
  t.equal(alone.answerTool, 'json_answer');
  t.same(toolsOf(alone.json)!.toolChoice, { tool: { name: 'json_answer' } });
  t.same(toolsOf(encode(say({ output: schema }), mistral).json)!.toolChoice, { any: {} });
  const beside = encode(say({ output: schema, tools: [{ ...weather, name: 'json_answer' }] }), nova);
  t.equal(beside.answerTool, 'json_answer_');
  t.same(toolsOf(beside.json)!.toolChoice, { any: {} });
});

t.test('JSON is asked for in words where nothing else is there', async (t) => {
  t.match(encode(say({ output: schema }), llama).json['system'], [
    { text: /JSON schema: \{"type":"object"/ },
  ]);
  t.match(encode(say({ output: { type: 'json' }, system: [text('Hi')] })).json['system'], [
    { text: 'Hi' },
    { text: /one JSON object/ },
  ]);
  t.equal(toolsOf(encode(say({ output: schema }), llama).json), undefined);
});
