import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { jsonTextFrom } from '../../../core/body/json-text.ts';
import { chatDialect } from '../../../core/dialects/chat/dialect.ts';
import { completionsDialect } from '../../../core/dialects/completions/dialect.ts';
import { countTokensDialect } from '../../../core/dialects/count-tokens/dialect.ts';
import type { Dialect } from '../../../core/dialects/dialect.ts';
import { messagesDialect } from '../../../core/dialects/messages/dialect.ts';
import { responsesDialect } from '../../../core/dialects/responses/dialect.ts';
import type { AttemptChanges, RequestChanges } from '../../../sdk/change.ts';
import type { JsonObject } from '../../../sdk/json.ts';

function changed(dialect: Dialect, body: JsonObject, changes: RequestChanges | AttemptChanges): JsonObject {
  const json = jsonTextFrom(JSON.stringify(body));
  dialect.validate(json.value);
  return jsonTextFrom(json.edit(dialect.edits(json, dialect.view(json), changes))).value;
}

const user = { role: 'user', content: 'u' };
const prompt = { id: 'x' };
const added: RequestChanges = {
  params: { prompt: undefined },
  system: { prepend: 'S' },
  messages: {
    prepend: [
      { role: 'user', text: 'Q' },
      { role: 'assistant', text: 'A' },
    ],
  },
};
const lead = [
  { role: 'user', content: 'Q' },
  { role: 'assistant', content: 'A' },
];

t.test('added messages stand before the client’s and after the system prompt', (t) => {
  const system = { role: 'system', content: 'S' };
  const chat = (messages?: JsonObject[]) =>
    changed(chatDialect, { model: 'm', prompt, ...(messages && { messages }) }, added);
  for (const none of [undefined, []]) t.strictSame(chat(none), { model: 'm', messages: [system, ...lead] });
  t.strictSame(chat([user]), { model: 'm', messages: [system, ...lead, user] });
  const own = { role: 'developer', content: 'own' };
  t.strictSame(chat([own, user])['messages'], [{ ...own, content: 'S\n\nown' }, ...lead, user]);
  t.strictSame(chat([own])['messages'], [{ ...own, content: 'S\n\nown' }, ...lead]);

  for (const [dialect, limit] of [
    [messagesDialect, { max_tokens: 5 }],
    [countTokensDialect, {}],
  ] as const) {
    const messages = (more: JsonObject) => changed(dialect, { model: 'm', ...limit, prompt, ...more }, added);
    t.strictSame(messages({}), { model: 'm', ...limit, system: 'S', messages: lead });
    t.strictSame(messages({ messages: [user] })['messages'], [...lead, user]);
  }

  const responses = (more: JsonObject) => changed(responsesDialect, { model: 'm', prompt, ...more }, added);
  t.strictSame(responses({}), { model: 'm', instructions: 'S', input: lead });
  t.strictSame(responses({ input: 'u' })['input'], [...lead, user]);
  t.strictSame(responses({ input: [] })['input'], lead);
  t.strictSame(responses({ input: [user], instructions: 'own' }), {
    model: 'm',
    input: [...lead, user],
    instructions: 'S\n\nown',
  });
  t.end();
});

t.test('a request without messages needs a reference to a prompt', (t) => {
  for (const [dialect, body] of [
    [chatDialect, { model: 'm' }],
    [messagesDialect, { model: 'm', max_tokens: 1 }],
  ] as const) {
    for (const wrong of [{}, { messages: [] }, { messages: [], prompt: 'text' }, { messages: 'x', prompt }]) {
      t.throws(() => dialect.validate({ ...body, ...wrong }), /messages: expected/);
    }
    dialect.validate({ ...body, messages: null, prompt });
    t.throws(() => dialect.conversation!({ ...body, messages: [user], prompt }, null), /stores no prompts/);
    t.strictSame(dialect.view(jsonTextFrom(JSON.stringify({ ...body, prompt }))).messages, []);
  }
  t.end();
});

t.test('a text completion has no messages, and its prompt is no parameter', (t) => {
  const body = { model: 'm', prompt: 'text' };
  t.throws(() => changed(completionsDialect, body, { messages: { prepend: [] } }), /has no messages/);
  t.throws(() => changed(completionsDialect, body, { params: { prompt: undefined } }), /cannot set "prompt"/);
  t.throws(
    () => changed(chatDialect, { model: 'm', messages: [user] }, { params: { prompt: 'x' } }),
    /"prompt"/,
  );
  t.end();
});

const marks = (...after: string[]): AttemptChanges => ({
  cacheMarks: after.map((place) => ({ after: place, ttl: '1h' })),
});
const hour = { cache_control: { type: 'ephemeral', ttl: '1h' } };

t.test('marks stand where they are wanted; a place that is not there is none', (t) => {
  const fn = { type: 'function', function: { name: 'a' } };
  t.strictSame(
    changed(
      chatDialect,
      { model: 'm', tools: [fn, fn, { type: 'custom' }], messages: [{ role: 'system', content: 's' }, user] },
      marks('tools', 'system', '/messages/1/content'),
    ),
    {
      model: 'm',
      tools: [fn, { ...fn, ...hour }, { type: 'custom' }],
      messages: [
        { role: 'system', content: 's', ...hour },
        { ...user, ...hour },
      ],
    },
  );
  const text = { type: 'text', text: 'a' };
  t.strictSame(
    changed(
      messagesDialect,
      {
        model: 'm',
        max_tokens: 1,
        tools: [{ name: 'a' }, { name: 'b', defer_loading: true }],
        system: [text, { type: 'text', text: '' }],
        messages: [user, { role: 'user', content: [text, text] }],
      },
      marks('tools', 'system', '/messages/0/content', '/messages/1/content/0/text'),
    ),
    {
      model: 'm',
      max_tokens: 1,
      tools: [
        { name: 'a', ...hour },
        { name: 'b', defer_loading: true },
      ],
      system: [
        { ...text, ...hour },
        { type: 'text', text: '' },
      ],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'u', ...hour }] },
        { role: 'user', content: [{ ...text, ...hour }, text] },
      ],
    },
  );
  const breakpoint = { prompt_cache_breakpoint: { ttl: '1h' } };
  t.strictSame(
    changed(
      responsesDialect,
      { model: 'm', instructions: 's', tools: [{ type: 'function', name: 'a' }], input: 'u' },
      marks('tools', 'system', '/input'),
    ),
    {
      model: 'm',
      tools: [{ type: 'function', name: 'a' }],
      input: [
        { role: 'system', content: [{ type: 'input_text', text: 's', ...breakpoint }] },
        { role: 'user', content: [{ type: 'input_text', text: 'u', ...breakpoint }] },
      ],
    },
  );
  for (const [dialect, body] of [
    [chatDialect, { model: 'm', messages: [user] }],
    [messagesDialect, { model: 'm', max_tokens: 1, messages: [user], system: '' }],
    [responsesDialect, { model: 'm', input: 'u' }],
  ] as const) {
    t.strictSame(changed(dialect, body, marks('tools', 'system')), body, dialect.name);
    t.throws(() => changed(dialect, body, marks('/messages/7/content', '/input/7')), /there is no message/);
  }
  t.end();
});

const content = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.array(
    fc.string({ minLength: 1 }).map((text) => ({ type: 'text', text })),
    { minLength: 1, maxLength: 3 },
  ),
);
const message = fc.record({ role: fc.constantFrom('user', 'assistant'), content });

t.test('marks change no text, whatever is marked, and are read back by translation', (t) => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      fc.option(content),
      fc.nat(),
      (messages, system, pick) => {
        for (const [dialect, body] of [
          [messagesDialect, { model: 'm', max_tokens: 1, messages, ...(system && { system }) }],
          [
            chatDialect,
            { model: 'm', messages: [...(system ? [{ role: 'system', content: system }] : []), ...messages] },
          ],
          [
            responsesDialect,
            {
              model: 'm',
              input: messages.map((one) => ({ ...one, content: one.content })),
              ...(typeof system === 'string' && { instructions: system }),
            },
          ],
        ] as const) {
          const plain = JSON.parse(JSON.stringify(body)) as JsonObject;
          const view = dialect.view(jsonTextFrom(JSON.stringify(plain)));
          const places = view.texts.filter(({ role }) => role !== 'system').map(({ pointer }) => pointer);
          const place = places[pick % places.length]!;
          const after = changed(dialect, plain, marks('system', place));
          const texts = (one: JsonObject) =>
            dialect.view(jsonTextFrom(JSON.stringify(one))).texts.map(({ role, text }) => [role, text]);
          assert.deepEqual(texts(after), texts(plain));
          const read = dialect.conversation!(after, null);
          const blocks = [...read.system, ...read.turns.flatMap((turn) => turn.blocks)];
          const marked = blocks.filter((block) => 'cache' in block && block.cache?.ttl === '1h');
          const hasSystem = system !== null && (dialect !== responsesDialect || typeof system === 'string');
          assert.equal(marked.length, hasSystem ? 2 : 1);
        }
      },
    ),
    { numRuns: 300 },
  );
  t.end();
});
