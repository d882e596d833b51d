import type { JsonObject } from '../../sdk/json.ts';
import type { Front } from './fronts.ts';

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
const schema = {
  type: 'object',
  properties: { word: { type: 'string' }, n: { type: ['integer', 'null'], minimum: 1 } },
  required: ['word'],
};

/** A valid request in each dialect with about everything that it can hold and every provider can be asked. */
export const richRequests: Readonly<Record<Front['name'], JsonObject>> = {
  chat: {
    model: 'MODEL',
    messages: [
      { role: 'system', content: 'Antworte kurz.' },
      { role: 'developer', content: [{ type: 'text', text: 'And politely.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this? 東' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${png}`, detail: 'low' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'I look it up.',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'look_up', arguments: '{"word":"Öl"}' } },
          { id: 'call_2', type: 'function', function: { name: 'now', arguments: '' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'Oil.' },
      { role: 'tool', tool_call_id: 'call_2', content: [{ type: 'text', text: '12:00' }] },
      { role: 'assistant', content: 'Oil at noon.' },
      { role: 'user', content: 'And now?' },
    ],
    tools: [
      {
        type: 'function',
        function: { name: 'look_up', description: 'Looks up.', parameters: schema, strict: false },
      },
      { type: 'function', function: { name: 'now' } },
    ],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    max_completion_tokens: 2000,
    temperature: 0.5,
    stop: ['END'],
    seed: 7,
    user: 'u-1',
    reasoning_effort: 'low',
    metadata: { a: 'b' },
  },
  messages: {
    model: 'MODEL',
    max_tokens: 2000,
    system: [{ type: 'text', text: 'Antworte kurz.', cache_control: { type: 'ephemeral' } }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this? 東' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I look it up.' },
          { type: 'tool_use', id: 'toolu_1', name: 'look_up', input: { word: 'Öl' } },
          { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: 'Oil.' },
          {
            type: 'tool_result',
            tool_use_id: 'toolu_2',
            content: [{ type: 'text', text: '12:00' }],
            is_error: true,
          },
          { type: 'text', text: 'And now?' },
        ],
      },
    ],
    tools: [
      { name: 'look_up', description: 'Looks up.', input_schema: schema },
      { name: 'now', input_schema: { type: 'object' } },
    ],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    temperature: 0.5,
    top_k: 5,
    stop_sequences: ['END'],
    metadata: { user_id: 'u-1' },
  },
  responses: {
    model: 'MODEL',
    instructions: 'Antworte kurz.',
    store: false,
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'What is this? 東' },
          { type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'low' },
        ],
      },
      { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look_up', arguments: '{"word":"Öl"}' },
      { type: 'function_call', id: 'fc_2', call_id: 'call_2', name: 'now', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'Oil.' },
      { type: 'function_call_output', call_id: 'call_2', output: [{ type: 'input_text', text: '12:00' }] },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Oil at noon.', annotations: [] }],
      },
      { role: 'user', content: 'And now?' },
    ],
    tools: [
      { type: 'function', name: 'look_up', description: 'Looks up.', parameters: schema, strict: false },
      { type: 'function', name: 'now', parameters: null, strict: null },
    ],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    max_output_tokens: 2000,
    temperature: 0.5,
    reasoning: { effort: 'low', summary: 'auto' },
    text: { format: { type: 'text' } },
    include: ['reasoning.encrypted_content'],
  },
};
