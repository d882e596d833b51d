import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { foreignReasoning } from '../../../../core/dialects/chat/foreign.ts';
import type { Json, JsonObject } from '../../../../sdk/json.ts';

const format = 'anthropic-claude-v1';
const google = { google: { thought_signature: 'T' } };

/** The assistant's message as a vendor gets it, and what was taken out of it. */
function sent(message: JsonObject, vendor: string, home: string | null = null): [Json, readonly string[]] {
  const body = jsonTextFrom(
    JSON.stringify({
      model: 'm',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', ...message },
      ],
    }),
  );
  const { edits, dropped } = foreignReasoning(body.value, vendor, home);
  const { role: _role, ...rest } = (JSON.parse(body.edit(edits)) as { messages: JsonObject[] }).messages[1]!;
  return [rest, dropped];
}

t.test('details that another vendor sealed are taken out', async (t) => {
  const own = { type: 'reasoning.text', text: 'a', signature: 'S', format };
  const plain = { type: 'reasoning.summary', summary: 'b', format };
  const other = { type: 'reasoning.encrypted', data: 'E', format: 'openai-responses-v1' };
  const message = { content: 'x', reasoning_details: [own, plain, other] };
  t.same(sent(message, 'anthropic'), [{ content: 'x', reasoning_details: [own, plain] }, ['reasoning']]);
  t.same(sent(message, 'openai'), [{ content: 'x', reasoning_details: [plain, other] }, ['reasoning']]);
  t.same(sent({ content: 'x', reasoning_details: [own, other] }, 'google'), [
    { content: 'x' },
    ['reasoning'],
  ]);
  t.same(sent({ content: 'x', reasoning_details: [own, plain] }, 'anthropic')[1], []);
});

t.test('details of an unknown format are the home vendor’s', async (t) => {
  const details = [{ type: 'reasoning.text', text: 'a', signature: 'S', format: null }];
  t.same(sent({ reasoning_details: details }, 'minimax', 'minimax')[1], []);
  t.same(sent({ reasoning_details: details }, 'minimax', 'qwen')[1], ['reasoning']);
  t.same(sent({ reasoning_details: details }, 'openai')[1], []);
});

t.test('LiteLLM’s signed blocks go to Anthropic only', async (t) => {
  const signed = { type: 'thinking', thinking: 'a', signature: 'S' };
  const hidden = { type: 'redacted_thinking', data: 'E' };
  const open = { type: 'thinking', thinking: 'b' };
  t.same(sent({ thinking_blocks: [signed, hidden, open] }, 'openai'), [
    { thinking_blocks: [open] },
    ['reasoning'],
  ]);
  t.same(sent({ thinking_blocks: [signed, hidden] }, 'openai'), [{}, ['reasoning']]);
  t.same(sent({ thinking_blocks: [signed] }, 'anthropic')[1], []);
});

t.test('Google’s signatures go to Google only', async (t) => {
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
  const message = {
    tool_calls: [
      { ...call, extra_content: google },
      { ...call, extra_content: { ...google, acme: 1 } },
    ],
    extra_content: google,
  };
  t.same(sent(message, 'openai'), [
    { tool_calls: [call, { ...call, extra_content: { acme: 1 } }] },
    ['reasoning'],
  ]);
  t.same(sent(message, 'google'), [message, []]);
});

t.test('a body without seals stays as it is', async (t) => {
  const nothing = foreignReasoning({ messages: [] }, 'openai', null);
  for (const body of [
    { messages: [{ role: 'assistant', content: 'x', reasoning_content: 'y', tool_calls: [{}] }] },
    { messages: [{ role: 'assistant', reasoning_details: [], thinking_blocks: 'x', tool_calls: [1] }] },
    { messages: [null, { role: 'user', reasoning_details: [{ signature: 'S', format }] }] },
    {},
  ] as JsonObject[]) {
    t.equal(foreignReasoning(body, 'openai', null), nothing);
  }
});
