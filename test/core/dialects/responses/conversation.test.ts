import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { responsesDialect } from '../../../../core/dialects/responses/dialect.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { wrapSeal } from '../../../../sdk/seal.ts';

const read = (body: JsonObject, home: string | null = null) =>
  responsesDialect.conversation!({ model: 'm', ...body }, home);
const turns = (...input: JsonObject[]) => read({ input }).turns;

t.test('a text is what the user says, instructions are the system’s', async (t) => {
  const { system, turns, dialect } = read({ instructions: 'Be brief.', input: 'Hi' });
  t.same(system, [{ type: 'text', text: 'Be brief.' }]);
  t.same(turns, [{ role: 'user', blocks: [{ type: 'text', text: 'Hi' }] }]);
  t.equal(dialect, 'responses');
});

t.test('instructions at the start are the system’s, later ones stay where they are', async (t) => {
  const { system, turns } = read({
    input: [
      { role: 'developer', content: 'A' },
      { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'B' }] },
      { role: 'user', content: 'Hi' },
      { role: 'developer', content: 'C' },
    ],
  });
  t.same(
    system.map(({ text }) => text),
    ['A', 'B'],
  );
  t.same(
    turns.map(({ role }) => role),
    ['user', 'system'],
  );
});

t.test(
  'reasoning, texts and calls that follow each other are one turn, and so are their results',
  async (t) => {
    t.same(
      turns(
        { role: 'user', content: 'Hi' },
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: 'a' }, { text: 'b' }],
          encrypted_content: 'e',
        },
        {
          type: 'message',
          id: 'msg_1',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'x' }],
        },
        { type: 'function_call', id: 'fc_1', status: 'completed', call_id: 'c1', name: 'f', arguments: '{}' },
        { type: 'function_call', call_id: 'c2', name: 'g', arguments: { a: 1 } },
        { type: 'function_call_output', call_id: 'c2', output: 'two' },
        {
          type: 'function_call_output',
          call_id: 'c1',
          output: [
            { type: 'input_text', text: 'one' },
            { type: 'input_image', image_url: 'https://x/y.png', detail: 'low' },
            { type: 'strange' },
          ],
        },
        { role: 'user', content: 'Go on' },
      ),
      [
        { role: 'user', blocks: [{ type: 'text', text: 'Hi' }] },
        {
          role: 'assistant',
          blocks: [
            {
              type: 'reasoning',
              text: 'a\n\nb',
              seal: { issuer: 'openai', value: 'e' },
              redacted: true,
              id: 'rs_1',
            },
            { type: 'text', text: 'x' },
            { type: 'tool_call', id: 'c1', name: 'f', arguments: '{}' },
            { type: 'tool_call', id: 'c2', name: 'g', arguments: '{"a":1}' },
          ],
        },
        {
          role: 'user',
          blocks: [
            { type: 'tool_result', callId: 'c2', content: [{ type: 'text', text: 'two' }], isError: false },
            {
              type: 'tool_result',
              callId: 'c1',
              content: [
                { type: 'text', text: 'one' },
                { type: 'image', source: { kind: 'url', url: 'https://x/y.png' }, detail: 'low' },
                { type: 'text', text: '{"type":"strange"}' },
              ],
              isError: false,
            },
          ],
        },
        { role: 'user', blocks: [{ type: 'text', text: 'Go on' }] },
      ],
    );
  },
);

t.test('images, files and sounds', async (t) => {
  const png = 'iVBORw0KGgoAAAANSUhEUg==';
  const [turn] = turns({
    role: 'user',
    content: [
      { type: 'input_image', image_url: `data:image/jpeg;base64,${png}`, detail: 'auto' },
      { type: 'input_image', file_id: 'file-1' },
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0x' },
      { type: 'input_file', file_data: 'JVBERi0x' },
      { type: 'input_file', file_url: 'https://x/a.pdf' },
      { type: 'input_file', file_id: 'file-2' },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
      { type: 'input_text', text: 'x', prompt_cache_breakpoint: { mode: 'explicit', ttl: '30m' } },
      { type: 'input_hologram', x: 1 },
    ],
  });
  t.same(turn?.blocks, [
    { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: png } },
    { type: 'image', source: { kind: 'file', id: 'file-1' } },
    {
      type: 'document',
      source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0x' },
      name: 'a.pdf',
    },
    {
      type: 'document',
      source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0x' },
      name: '',
    },
    { type: 'document', source: { kind: 'url', url: 'https://x/a.pdf' }, name: '' },
    { type: 'document', source: { kind: 'file', id: 'file-2' }, name: '' },
    { type: 'audio', data: 'AAAA', format: 'mp3' },
    { type: 'text', text: 'x', cache: { ttl: '30m' } },
    {
      type: 'native',
      dialect: 'responses',
      name: 'input_hologram',
      value: { type: 'message', role: 'user', content: [{ type: 'input_hologram', x: 1 }] },
    },
  ]);
});

t.test('seals say whose they are, or are home’s', async (t) => {
  const item = (encrypted_content: string) => ({ type: 'reasoning', summary: [], encrypted_content });
  const only = (encrypted: string, home: string | null = null) =>
    read({ input: [item(encrypted)] }, home).turns[0]?.blocks;
  t.same(only('e', 'xai'), [
    { type: 'reasoning', text: '', seal: { issuer: 'xai', value: 'e' }, redacted: true },
  ]);
  const signature = { issuer: 'anthropic', value: 'sig:1' };
  t.same(only(wrapSeal(signature, 'reasoning')), [{ type: 'reasoning', text: '', seal: signature }]);
  const google = { issuer: 'google', value: 's' };
  const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
  t.match(turns(item(wrapSeal(google, 'call')), call, call), [
    {
      blocks: [
        { type: 'tool_call', seal: google },
        { type: 'tool_call', seal: undefined },
      ],
    },
  ]);
  t.match(
    turns(call, item(wrapSeal(google, 'call'))),
    [{ blocks: [{ type: 'tool_call', seal: google }] }],
    'too late',
  );
  t.match(turns({ role: 'assistant', content: 'x' }, item(wrapSeal(google, 'text'))), [
    { blocks: [{ type: 'text', text: 'x', seal: google }] },
  ]);
  t.match(turns(item(wrapSeal(google, 'text'))), [{ blocks: [{ type: 'text', text: '', seal: google }] }]);
});

t.test('reasoning without a seal is a text, and nothing where only the provider has it', async (t) => {
  t.same(
    turns(
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { type: 'reasoning', id: 'rs_2', summary: [], content: [{ type: 'reasoning_text', text: 'why' }] },
    ),
    [{ role: 'assistant', blocks: [{ type: 'reasoning', text: 'why', id: 'rs_2' }] }],
  );
});

t.test('custom tools are functions with one text, and their calls are calls of it', async (t) => {
  const format = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' };
  const { tools, turns } = read({
    input: [
      { type: 'custom_tool_call', call_id: 'c', name: 'apply_patch', input: '*** "Begin"' },
      { type: 'custom_tool_call_output', call_id: 'c', output: 'Done' },
    ],
    tools: [{ type: 'custom', name: 'apply_patch', description: 'Patches files.', format }],
  });
  t.match(tools, [
    {
      name: 'apply_patch',
      description: 'Patches files.\n\nThe input must follow this lark grammar:\nstart: "x"',
      schema: { type: 'object', required: ['custom_tool_input'] },
    },
  ]);
  t.match(turns, [
    { blocks: [{ type: 'tool_call', arguments: '{"custom_tool_input":"*** \\"Begin\\""}' }] },
    { blocks: [{ type: 'tool_result', callId: 'c' }] },
  ]);
});

t.test('items that only this dialect knows are carried as they are', async (t) => {
  const search = { type: 'web_search_call', id: 'ws_1', status: 'completed' };
  const shell = { type: 'local_shell_call_output', id: 'x', output: 'ok' };
  t.same(turns(search, shell), [
    {
      role: 'assistant',
      blocks: [{ type: 'native', dialect: 'responses', name: 'web_search_call', value: search }],
    },
    {
      role: 'user',
      blocks: [{ type: 'native', dialect: 'responses', name: 'local_shell_call_output', value: shell }],
    },
  ]);
});

t.test('tools, strict by default where their schema takes it', async (t) => {
  const open = { type: 'object', properties: { a: { type: 'string' } } };
  const closed = { ...open, required: ['a'], additionalProperties: false };
  const { tools, nativeTools } = read({
    input: 'x',
    tools: [
      { type: 'function', name: 'a', parameters: open },
      { type: 'function', name: 'b', description: 'B', parameters: closed },
      { type: 'function', name: 'c', parameters: closed, strict: false },
      { type: 'function', name: 'd', parameters: open, strict: true },
      { type: 'function', name: 'e', parameters: null },
      { type: 'web_search', filters: null },
      { type: 'namespace', name: 'crm', tools: [] },
    ],
  });
  t.same(
    tools.map(({ name, strict }) => [name, strict]),
    [
      ['a', null],
      ['b', true],
      ['c', false],
      ['d', true],
      ['e', null],
    ],
  );
  t.same(
    nativeTools.map(({ dialect, name }) => `${dialect}:${name}`),
    ['responses:web_search', 'responses:namespace'],
  );
});

t.test('the choice of tools', async (t) => {
  const tools = [{ type: 'function', name: 'a' }, { type: 'custom', name: 'b' }, { type: 'web_search' }];
  const choice = (tool_choice: JsonObject | string) => read({ input: 'x', tools, tool_choice });
  for (const type of ['auto', 'none', 'required']) t.same(choice(type).toolChoice, { type });
  t.same(choice({ type: 'function', name: 'a' }).toolChoice, { type: 'tool', name: 'a' });
  t.same(choice({ type: 'custom', name: 'b' }).toolChoice, { type: 'tool', name: 'b' });
  const some = choice({
    type: 'allowed_tools',
    mode: 'required',
    tools: [{ type: 'custom', name: 'b' }, { type: 'web_search' }],
  });
  t.same(some.toolChoice, { type: 'required' });
  t.same(
    [...some.tools, ...some.nativeTools].map(({ name }) => name),
    ['b', 'web_search'],
  );
  t.throws(() => choice({ type: 'file_search' }), { code: 'unsupported_parameter', param: 'tool_choice' });
});

t.test('controls', async (t) => {
  const schema = { type: 'object' };
  t.match(
    read({
      input: 'x',
      max_output_tokens: 20,
      temperature: 0.5,
      top_p: 0.9,
      top_logprobs: 2,
      parallel_tool_calls: false,
      reasoning: { effort: 'xhigh', summary: 'auto', context: 'all_turns' },
      text: {
        format: { type: 'json_schema', name: 'n', description: 'd', schema, strict: true },
        verbosity: 'low',
      },
      safety_identifier: 's',
      metadata: { a: 'b' },
      service_tier: 'flex',
      truncation: 'disabled',
      store: true,
      include: ['reasoning.encrypted_content'],
      stream: true,
      stream_options: { include_obfuscation: false },
      background: false,
      previous_response_id: null,
    }),
    {
      maxOutputTokens: 20,
      temperature: 0.5,
      topP: 0.9,
      logprobs: 2,
      parallelToolCalls: false,
      reasoning: { effort: 'xhigh', budgetTokens: null, visible: true },
      output: { type: 'schema', name: 'n', description: 'd', schema, strict: true },
      user: 's',
    },
  );
  const { extra } = read({
    input: 'x',
    user: 'u',
    safety_identifier: 's',
    text: { verbosity: 'low', format: { type: 'text' } },
    reasoning: { context: 'all_turns' },
    service_tier: 'flex',
    store: false,
    truncation: 'disabled',
  });
  t.same(extra, {
    safety_identifier: 's',
    service_tier: 'flex',
    verbosity: 'low',
    'reasoning.context': 'all_turns',
  });
  t.same(read({ input: 'x', text: { format: { type: 'json_object' } } }).output, { type: 'json' });
  t.equal(read({ input: 'x', reasoning: { effort: null, summary: null } }).reasoning, null);
});

t.test(
  'what needs stored state, and what is no conversation, is refused with the field’s name',
  async (t) => {
    const state: [JsonObject, string][] = [
      [{ input: 'x', previous_response_id: 'resp_1' }, 'previous_response_id'],
      [{ input: 'x', conversation: 'conv_1' }, 'conversation'],
      [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
      [{ input: 'x', background: true }, 'background'],
      [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0]'],
      [{ input: [{ id: 'msg_1' }] }, 'input[0]'],
    ];
    for (const [body, param] of state) {
      t.throws(
        () => read(body),
        { code: 'unsupported_parameter', status: 400, param, message: /store: false/ },
        param,
      );
    }
    const wrong: [JsonObject, string][] = [
      [{}, 'input[0].type'],
      [{ role: 'robot', content: 'x' }, 'input[0].role'],
      [{ role: 'user', content: 3 }, 'input[0].content'],
      [{ role: 'user', content: [3] }, 'input[0].content[0]'],
      [{ role: 'user', content: [{ type: 'input_text' }] }, 'input[0].content[0].text'],
      [{ role: 'user', content: [{ type: 'input_image' }] }, 'input[0].content[0].image_url'],
      [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }, 'input[0].content[0].image_url'],
      [{ role: 'user', content: [{ type: 'input_file' }] }, 'input[0].content[0]'],
      [{ role: 'user', content: [{ type: 'input_audio' }] }, 'input[0].content[0].input_audio.data'],
      [{ type: 'function_call', name: 'f' }, 'input[0].call_id'],
      [{ type: 'function_call', call_id: 'c' }, 'input[0].name'],
      [{ type: 'function_call_output', output: 'x' }, 'input[0].call_id'],
    ];
    for (const [item, param] of wrong) {
      t.throws(() => turns(item), { code: 'invalid_request', status: 400, param }, JSON.stringify(item));
    }
    t.throws(() => read({ input: 'x', temperature: 'hot' }), {
      code: 'invalid_request',
      param: 'temperature',
    });
    t.throws(() => read({ input: 'x', parallel_tool_calls: 1 }), {
      code: 'invalid_request',
      param: 'parallel_tool_calls',
    });
    t.throws(() => read({ input: 'x', tools: [{ type: 'function' }] }), {
      code: 'invalid_request',
      param: 'tools[0].name',
    });
    t.throws(() => read({ input: 'x', text: { format: { type: 'xml' } } }), {
      code: 'invalid_request',
      param: 'text.format.type',
    });
  },
);

t.test('blocks of other vendors do not go to a target of this dialect, its own do', async (t) => {
  const item = (encrypted_content: string, id = 'rs_1') => ({
    type: 'reasoning',
    id,
    summary: [],
    encrypted_content,
  });
  const apply = (input: JsonObject[], vendor: string, home: string | null = null) => {
    const body = jsonTextFrom(JSON.stringify({ model: 'm', input }));
    const { edits, dropped } = responsesDialect.foreign!(body.value, vendor, home);
    return { input: (JSON.parse(body.edit(edits)) as JsonObject)['input'], dropped, edits };
  };
  const user = { role: 'user', content: 'Hi' };
  t.same(apply([user, item('e')], 'openai').edits, []);
  t.same(apply([user, item('e')], 'xai'), {
    input: [user],
    dropped: ['reasoning'],
    edits: [{ pointer: '/input/1', value: undefined }],
  });
  t.same(apply([user, item('e')], 'xai', 'xai').edits, []);
  const own = wrapSeal({ issuer: 'xai', value: 'e' }, 'redacted');
  t.match(apply([item(own), user], 'xai'), { input: [item('e'), user], dropped: [] });
  t.match(apply([item(own), user], 'openai'), { input: [user], dropped: ['reasoning'] });
  const call = wrapSeal({ issuer: 'google', value: 'e' }, 'call');
  t.match(apply([item(call), user], 'google'), { input: [user], dropped: ['reasoning'] });
  const ours = { type: 'reasoning', id: 'rs_respabc_0', summary: [{ type: 'summary_text', text: 'x' }] };
  t.match(apply([ours, user], 'openai'), { input: [user] }, 'ids that nobody else knows');
  t.same(apply([{ ...ours, id: 'rs_0bb4c92b9ee53ce5' }], 'openai').edits, []);
  t.same(responsesDialect.foreign!({ input: 'x' }, 'openai', null).edits, []);
});
