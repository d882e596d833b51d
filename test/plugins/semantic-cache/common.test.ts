import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { jsonTextFrom } from '../../../core/body/json-text.ts';
import { chatConversation } from '../../../core/dialects/chat/conversation.ts';
import { messagesConversation } from '../../../core/dialects/messages/conversation.ts';
import { dialectFor } from '../../../core/dialects/registry.ts';
import { readConversation } from '../../../core/dialects/responses/conversation.ts';
import { Uncacheable } from '../../../plugins/semantic-cache/canonical.ts';
import { commonForm } from '../../../plugins/semantic-cache/common/read.ts';
import { neverInKey, requestKey } from '../../../plugins/semantic-cache/request-key.ts';
import type { Conversation, Json, JsonObject } from '../../../sdk/index.ts';
import { requestContext } from '../../core/policy/_facts.ts';

type Endpoint = 'chat' | 'messages' | 'responses';
const endpoints: readonly Endpoint[] = ['chat', 'messages', 'responses'];
const without = new Set([...neverInKey, 'user', 'safety_identifier', 'store']);

function contextOf(api: Endpoint, body: JsonObject, headers: Readonly<Record<string, string>> = {}) {
  const view = dialectFor(api).view(jsonTextFrom(JSON.stringify(body)));
  // The members of a view are computed when they are asked for.
  return { ...requestContext({ ctx: { headers } }), view };
}

/** The exact key; null where there is none. */
function keyOf(
  api: Endpoint,
  body: JsonObject,
  { headers = {}, left = without }: { headers?: Record<string, string>; left?: ReadonlySet<string> } = {},
): string | null {
  try {
    const options = { vary: [], without: left, maxChars: 100_000, tags: {}, targets: [] };
    return requestKey(contextOf(api, body, headers), options).exact;
  } catch (error) {
    assert.ok(error instanceof Uncacheable);
    return null;
  }
}

/** What a request means, to be written for any endpoint. */
interface Meaning {
  readonly system: string | null;
  readonly earlier: readonly [string, string][];
  readonly last: readonly string[];
  readonly limit: number;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly tool: { readonly name: string; readonly description: string; readonly type: string } | null;
  readonly choice: 'auto' | 'none' | 'required' | 'named' | null;
  readonly parallel: boolean | null;
}

/** How it is written: nothing of it may matter. */
interface Spelling {
  readonly parts: boolean;
  readonly nulls: boolean;
  readonly marks: boolean;
  readonly stream: boolean;
  readonly user: string | null;
}

const short = fc.constantFrom('Hi', 'Hi ', 'hi', 'Ho', '\ud800', '\ud801', '0', '\u0000', 'Hi","x":"');
const meaning: fc.Arbitrary<Meaning> = fc.record({
  system: fc.constantFrom(null, 'Be brief.', 'Be brief'),
  earlier: fc.array(fc.tuple(short, short), { maxLength: 2 }),
  last: fc.array(short, { minLength: 1, maxLength: 2 }),
  limit: fc.constantFrom(10, 11),
  temperature: fc.constantFrom(null, 0, 0.1),
  topP: fc.constantFrom(null, 0, 0.1),
  tool: fc.constantFrom(
    null,
    { name: 'f', description: '', type: 'object' },
    { name: 'f', description: 'd', type: 'object' },
    { name: 'g', description: 'd', type: 'object' },
  ),
  choice: fc.constantFrom(null, 'auto', 'none', 'required', 'named'),
  parallel: fc.constantFrom(null, true, false),
});
const spelling: fc.Arbitrary<Spelling> = fc.record({
  parts: fc.boolean(),
  nulls: fc.boolean(),
  marks: fc.boolean(),
  stream: fc.boolean(),
  user: fc.constantFrom(null, 'ann', 'bob'),
});

function write(api: Endpoint, it: Meaning, how: Spelling): JsonObject {
  const mark = how.marks && api === 'messages' ? { cache_control: { type: 'ephemeral' } } : {};
  const content = (role: string, texts: readonly string[]): Json => {
    if (texts.length === 1 && !how.parts) return texts[0]!;
    const type = api === 'responses' ? (role === 'assistant' ? 'output_text' : 'input_text') : 'text';
    return texts.map((text) => ({ type, text, ...mark }));
  };
  const turns: JsonObject[] = it.earlier.flatMap(([user, assistant]) => [
    { role: 'user', content: content('user', [user]) },
    { role: 'assistant', content: content('assistant', [assistant]) },
  ]);
  turns.push({ role: 'user', content: content('user', it.last) });
  const { tool } = it;
  const schema: JsonObject = { type: tool?.type ?? '', properties: { b: {}, a: {} } };
  // A choice says nothing without tools; the messages endpoint says in it whether calls may come together.
  const choice = it.choice ?? (api !== 'messages' || it.parallel === null ? null : 'auto');
  const body: Record<string, Json> = { model: 'm', stream: how.stream };
  if (it.temperature !== null) body['temperature'] = it.temperature;
  else if (how.nulls) body['temperature'] = null;
  if (it.topP !== null) body['top_p'] = it.topP;
  const declared = tool && {
    name: tool.name,
    ...(tool.description !== '' && { description: tool.description }),
  };
  switch (api) {
    case 'chat':
      body['messages'] = [
        ...(it.system === null ? [] : [{ role: 'system', content: content('system', [it.system]) }]),
        ...turns,
      ];
      body[how.nulls ? 'max_tokens' : 'max_completion_tokens'] = it.limit;
      if (declared !== null)
        body['tools'] = [{ type: 'function', function: { ...declared, parameters: schema, strict: false } }];
      if (choice !== null)
        body['tool_choice'] = choice === 'named' ? { type: 'function', function: { name: 'f' } } : choice;
      if (it.parallel !== null) body['parallel_tool_calls'] = it.parallel;
      if (how.user !== null) body['user'] = how.user;
      break;
    case 'messages':
      body['messages'] = turns;
      if (it.system !== null) body['system'] = content('system', [it.system]);
      body['max_tokens'] = it.limit;
      if (declared !== null) body['tools'] = [{ ...declared, input_schema: schema, ...mark }];
      if (choice !== null) {
        const type = choice === 'named' ? 'tool' : choice === 'required' ? 'any' : choice;
        body['tool_choice'] = {
          type,
          ...(type === 'tool' && { name: 'f' }),
          ...(it.parallel !== null && { disable_parallel_tool_use: !it.parallel }),
        };
      }
      if (how.user !== null) body['metadata'] = { user_id: how.user };
      break;
    case 'responses':
      body['input'] =
        turns.length === 1 && typeof turns[0]!['content'] === 'string' ? turns[0]!['content'] : turns;
      if (it.system !== null) body['instructions'] = it.system;
      body['max_output_tokens'] = it.limit;
      body['store'] = false;
      if (declared !== null)
        body['tools'] = [{ type: 'function', ...declared, parameters: schema, strict: false }];
      if (choice !== null)
        body['tool_choice'] = choice === 'named' ? { type: 'function', name: 'f' } : choice;
      if (it.parallel !== null) body['parallel_tool_calls'] = it.parallel;
      if (how.user !== null) body['user'] = how.user;
      break;
  }
  return body;
}

/** Whether both can be told from each other at any endpoint. */
function same(a: Meaning, b: Meaning): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

t.test('one question has one key at every endpoint, however it is written, and no other has it', (t) => {
  const one = fc.record({ meaning, how: spelling, api: fc.constantFrom(...endpoints) });
  fc.assert(
    fc.property(
      meaning,
      spelling,
      spelling,
      fc.array(one, { minLength: 1, maxLength: 3 }),
      (it, how, other, more) => {
        // The messages endpoint cannot say that calls may come together without a choice.
        const fits = it.parallel === null || it.choice !== null;
        const keys = new Set(
          endpoints
            .filter((api) => fits || api !== 'messages')
            .flatMap((api) => [keyOf(api, write(api, it, how)), keyOf(api, write(api, it, other))]),
        );
        assert.equal(keys.size, 1);
        const [key] = keys;
        assert.ok(key);
        for (const { meaning: another, how: spelt, api } of more) {
          if (api === 'messages' && another.parallel !== null && another.choice === null) continue;
          assert.equal(keyOf(api, write(api, another, spelt)) === key, same(it, another));
        }
      },
    ),
    { numRuns: 150 },
  );
  t.end();
});

/** What the gateway itself translates, without what no answer depends on. */
function translated(api: Endpoint, body: JsonObject): unknown {
  const read = { chat: chatConversation, messages: messagesConversation, responses: readConversation }[api];
  const { dialect: _, user: __, ...conversation }: Conversation = read(body, null);
  const { store: ___, ...extra } = conversation.extra;
  return JSON.parse(
    JSON.stringify(
      {
        ...conversation,
        extra,
        tools: conversation.tools.map(({ strict, ...tool }) => ({ ...tool, strict: strict ?? false })),
      },
      (name, value: unknown) => (name === 'cache' ? undefined : value),
    ),
  );
}

/** Members that mean something, nothing, or something at one endpoint only: by name and value. */
const odd: readonly [string, Json][] = [
  ['seed', 1],
  ['top_k', 5],
  ['stop', ['a']],
  ['stop', 'a'],
  ['stop_sequences', ['a']],
  ['thinking', { type: 'enabled', budget_tokens: 1024 }],
  ['reasoning', { effort: 'low' }],
  ['reasoning_effort', 'low'],
  ['service_tier', 'flex'],
  ['response_format', { type: 'json_object' }],
  ['response_format', { type: 'text' }],
  ['text', { format: { type: 'json_object' } }],
  ['text', { verbosity: 'low' }],
  ['text', { format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true } }],
  [
    'response_format',
    { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } },
  ],
  ['metadata', { user_id: 'x' }],
  ['metadata', { order: '7' }],
  ['unknown', true],
  ['instructions', 'Be kind.'],
  ['system', 'Be kind.'],
  ['system', [{ type: 'text', text: 'Be kind.' }]],
  ['max_tokens', 10],
  ['max_completion_tokens', 10],
  ['max_output_tokens', 10],
  ['n', 1],
  ['truncation', 'auto'],
  ['truncation', 'disabled'],
  ['presence_penalty', 1],
];
const lastParts: readonly Json[] = [
  'Hi',
  [{ type: 'text', text: 'Hi' }],
  [{ type: 'input_text', text: 'Hi' }],
  [
    { type: 'text', text: 'Hi' },
    { type: 'text', text: '' },
  ],
  [
    { type: 'text', text: 'H' },
    { type: 'text', text: 'i' },
  ],
  [{ type: 'text', text: 'Hi', citations: [{ type: 'x' }] }],
  [
    { type: 'text', text: 'Hi' },
    { type: 'image_url', image_url: { url: 'https://x.test/a.png' } },
  ],
];
const soup = fc.record({
  api: fc.constantFrom(...endpoints),
  members: fc.uniqueArray(fc.constantFrom(...odd), { maxLength: 2, selector: ([name]) => name }),
  content: fc.constantFrom(...lastParts),
  before: fc.constantFrom<Json[]>(
    [],
    [{ role: 'system', content: 'Be kind.' }],
    [{ role: 'developer', content: 'Be kind.' }],
    [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Yes?' },
    ],
    [{ role: 'user', content: 'Hi', name: 'ann' }],
  ),
  after: fc.constantFrom<Json[]>([], [{ role: 'assistant', content: 'Well,' }]),
});

t.test(
  'bodies that the common form takes for the same are the same when the gateway translates them',
  (t) => {
    const bodyOf = ({
      api,
      members,
      content,
      before,
      after,
    }: typeof soup extends fc.Arbitrary<infer S> ? S : never) => {
      const turns = [...before, { role: 'user', content }, ...after];
      return {
        model: 'm',
        ...(api === 'responses' ? { input: turns, store: false } : { messages: turns }),
        ...Object.fromEntries(members),
      } as JsonObject;
    };
    let pairs = 0;
    /** Of all lists: more of them meet. */
    const byKey = new Map<string, unknown>();
    fc.assert(
      fc.property(fc.array(soup, { minLength: 20, maxLength: 20 }), (list) => {
        for (const one of list) {
          const body = bodyOf(one);
          if (commonForm(contextOf(one.api, body).view, {}, without) === null) continue;
          const key = keyOf(one.api, body)!;
          const meant = translated(one.api, body);
          const first = byKey.get(key);
          if (first === undefined) byKey.set(key, meant);
          else {
            pairs += 1;
            assert.deepEqual(meant, first);
          }
        }
      }),
      { numRuns: 300 },
    );
    t.ok(pairs > 100, `${pairs} pairs`);
    t.end();
  },
);

t.test('what one endpoint cannot say keeps a key of its own, and is never left out', (t) => {
  const plain = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
  const usual = keyOf('chat', plain);
  for (const more of [
    { seed: 1 },
    { logit_bias: { '5': 1 } },
    { reasoning_effort: 'low' },
    { service_tier: 'flex' },
    { stop: [] },
    { max_tokens: 5, max_completion_tokens: 5 },
    { messages: [{ role: 'user', content: 'Hi', name: 'ann' }] },
    { messages: [...plain.messages, { role: 'assistant', content: 'Well,' }] },
    { messages: [{ role: 'developer', content: 'x' }, ...plain.messages] },
    { messages: [{ role: 'system', content: 'x' }, ...plain.messages] },
  ] as JsonObject[]) {
    t.not(keyOf('chat', { ...plain, ...more }), usual, JSON.stringify(more));
  }
  const messages = (headers: Record<string, string>) => keyOf('messages', plain, { headers });
  t.equal(messages({}), usual);
  t.equal(messages({ 'anthropic-version': '2023-06-01' }), usual);
  t.not(messages({ 'anthropic-version': '2030-01-01' }), usual);
  t.not(messages({ 'anthropic-beta': 'context-1m' }), usual);
  t.not(keyOf('chat', plain, { headers: { 'openai-beta': 'x' } }), usual);
  const strict = { type: 'function', name: 'f', parameters: { type: 'object' } };
  t.not(
    keyOf('responses', { model: 'm', input: 'Hi', store: false, tools: [strict] }),
    keyOf('chat', {
      ...plain,
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
    }),
    'strict is the default of one of them only',
  );
  t.end();
});

t.test(
  'users are told apart where the owner says so, and a member left out is left out everywhere or nowhere',
  (t) => {
    const left = new Set(neverInKey);
    const chat = (user: string) =>
      keyOf('chat', { model: 'm', messages: [{ role: 'user', content: 'Hi' }], user }, { left });
    const messages = (user: string) =>
      keyOf(
        'messages',
        { model: 'm', messages: [{ role: 'user', content: 'Hi' }], metadata: { user_id: user } },
        { left },
      );
    t.equal(chat('ann'), messages('ann'));
    t.not(chat('ann'), messages('bob'));
    t.not(chat('ann'), chat('bob'));
    const noLimit = new Set([...without, 'max_tokens']);
    t.not(
      keyOf(
        'chat',
        { model: 'm', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 5 },
        { left: noLimit },
      ),
      keyOf('responses', { model: 'm', input: 'Hi', store: false }, { left: noLimit }),
    );
    t.end();
  },
);
