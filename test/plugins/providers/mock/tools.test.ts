import t from 'tap';
import type { JsonObject } from '../../../../sdk/json.ts';
import { ask, events, json, mock, saying } from './ask.ts';

function tool(name: string, parameters?: JsonObject): JsonObject {
  return { type: 'function', function: { name, ...(parameters === undefined ? {} : { parameters }) } };
}

const weather = tool('get_weather', {
  type: 'object',
  required: ['city', 'unit'],
  properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } },
  additionalProperties: false,
});
const mail = tool('sendEmail', { type: 'object', properties: { to: { type: 'string', format: 'email' } } });
const tools = [weather, mail];

async function calls(text: string, more: JsonObject = {}) {
  const [choice] = json(await ask(mock().provider, saying(text, { tools, ...more }))).choices;
  const made = choice?.message.tool_calls ?? [];
  return {
    finish: choice?.finish_reason,
    content: choice?.message.content,
    names: made.map((call) => call.function.name),
    args: made.map((call) => JSON.parse(call.function.arguments) as unknown),
    ids: made.map(({ id }) => id),
  };
}

t.test('a tool is called when a telling word of its name is said, with arguments of the text', async (t) => {
  const made = await calls('What is the weather in Paris, in fahrenheit?');
  t.same(made.names, ['get_weather']);
  t.same(made.args, [{ city: 'Paris', unit: 'fahrenheit' }]);
  t.equal(made.finish, 'tool_calls');
  t.equal(made.content, null);
  t.match(made.ids[0], /^call_[0-9a-f]{24}$/);
});

t.test('no tool is called when the text is about none of them', async (t) => {
  const made = await calls('Tell me a joke.');
  t.same(made.names, []);
  t.equal(made.finish, 'stop');
});

t.test('tool_choice decides: none, required, or one by name', async (t) => {
  t.same((await calls('The weather?', { tool_choice: 'none' })).names, []);
  t.same((await calls('A joke.', { tool_choice: 'required' })).names, ['get_weather']);
  const named = { type: 'function', function: { name: 'sendEmail' } };
  const made = await calls('The weather?', { tool_choice: named });
  t.same(made.names, ['sendEmail']);
  t.same(made.args, [{ to: 'someone@example.com' }]);
});

t.test('two tools are called for a text about both, one where parallel calls are off', async (t) => {
  const text = 'Send the weather as an email.';
  const made = await calls(text);
  t.same(made.names, ['get_weather', 'sendEmail']);
  t.equal(new Set(made.ids).size, 2);
  t.same((await calls(text, { parallel_tool_calls: false })).names, ['get_weather']);
});

t.test('one tool is called twice for a text that asks for two, with different arguments', async (t) => {
  const made = await calls('Compare the weather of both "Paris" and "Rome".');
  t.same(made.names, ['get_weather', 'get_weather']);
  t.same(made.args, [
    { city: 'Paris', unit: 'celsius' },
    { city: 'Rome', unit: 'celsius' },
  ]);
});

t.test('after a tool result the answer quotes it', async (t) => {
  const messages = [
    { role: 'user', content: 'The weather?' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
    { role: 'tool', tool_call_id: 'call_2', content: 'windy' },
  ];
  const answer = json(await ask(mock().provider, { model: 'gpt', messages, tools }));
  t.match(answer.choices[0], { message: { content: 'The tool said: sunny; windy' }, finish_reason: 'stop' });
});

t.test('a tool without parameters gets an empty object', async (t) => {
  const made = await calls('ping', { tools: [tool('ping')] });
  t.same(made.args, [{}]);
});

t.test('a limit can cut the arguments, and says so', async (t) => {
  const answer = json(await ask(mock().provider, saying('The weather in Paris?', { tools, max_tokens: 5 })));
  const [choice] = answer.choices;
  t.equal(choice?.finish_reason, 'length');
  t.throws(() => JSON.parse(choice?.message.tool_calls?.[0]?.function.arguments ?? ''));
});

t.test('a streamed call has its id and name first and its arguments in pieces', async (t) => {
  const body = saying('The weather in Paris as an email', { tools, stream: true });
  const heard = await ask(mock().provider, body);
  const whole = await calls('The weather in Paris as an email');
  const made: { id?: string | undefined; name?: string | undefined; text: string; pieces: number }[] = [];
  for (const event of events(heard)) {
    if (event === '[DONE]') continue;
    for (const { index = -1, id, function: fn } of event.choices[0]?.delta.tool_calls ?? []) {
      if (id !== undefined) made[index] = { id, name: fn.name, text: fn.arguments, pieces: 0 };
      else {
        made[index]!.text += fn.arguments;
        made[index]!.pieces += 1;
      }
    }
  }
  t.same(
    made.map(({ name }) => name),
    whole.names,
  );
  t.same(
    made.map(({ text }) => JSON.parse(text) as unknown),
    whole.args,
  );
  t.ok(made.every(({ pieces }) => pieces > 1));
});

t.test('what is scripted is said, unless a call is required', async (t) => {
  t.same((await calls('The weather?', { model: 'gpt+say-hi' })).content, 'hi');
  t.same((await calls('The weather?', { model: 'gpt+say-hi', tool_choice: 'required' })).names, [
    'get_weather',
  ]);
});
