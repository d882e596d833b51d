import type { Json, JsonObject } from '../../sdk/json.ts';
import type { Front } from './fronts.ts';
import { richRequests } from './rich.ts';

/** A request that no provider could be asked, or only after something was left out. */
export interface BadRequest {
  readonly name: string;
  readonly body: JsonObject;
  /** `refused`: 400 with a clear error. `carried`: it is answered. `either`: what wire.md leaves open. */
  readonly want: 'refused' | 'carried' | 'either';
}

const tooMuch = { role: 'user', content: 'Hi' };
const badPng = 'data:image/png;base64,not base64 at all!';

function chat(more: Readonly<Record<string, Json>>): JsonObject {
  return { model: 'MODEL', messages: [tooMuch], ...more };
}

function messages(more: Readonly<Record<string, Json>>): JsonObject {
  return { model: 'MODEL', max_tokens: 100, messages: [tooMuch], ...more };
}

function responses(more: Readonly<Record<string, Json>>): JsonObject {
  return { model: 'MODEL', store: false, input: [tooMuch], ...more };
}

const call = { id: 'call_1', type: 'function', function: { name: 'look_up', arguments: '{"word": ' } };
const looseEnd = { type: 'function', function: { name: 'look_up' } };

export const badRequests: Readonly<Record<Front['name'], readonly BadRequest[]>> = {
  chat: [
    {
      name: 'an unknown role',
      body: chat({ messages: [{ role: 'wizard', content: 'Hi' }] }),
      want: 'refused',
    },
    { name: 'no messages', body: chat({ messages: [] }), want: 'refused' },
    { name: 'a message that is none', body: chat({ messages: ['Hi'] }), want: 'refused' },
    {
      name: 'content that is a number',
      body: chat({ messages: [{ role: 'user', content: 7 }] }),
      want: 'refused',
    },
    {
      name: 'a tool result without a call',
      body: chat({ messages: [tooMuch, { role: 'tool', tool_call_id: 'call_9', content: 'x' }] }),
      want: 'either',
    },
    {
      name: 'an image that is no base64',
      body: chat({
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: badPng } }] }],
      }),
      want: 'refused',
    },
    {
      name: 'an image without an address',
      body: chat({ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }),
      want: 'refused',
    },
    {
      name: 'an image at an address that no provider may fetch',
      body: chat({
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] },
        ],
      }),
      want: 'refused',
    },
    {
      name: 'arguments that are no JSON',
      body: chat({
        messages: [
          tooMuch,
          { role: 'assistant', content: null, tool_calls: [call] },
          { role: 'tool', tool_call_id: 'call_1', content: '' },
        ],
        tools: [looseEnd],
      }),
      want: 'carried',
    },
    {
      name: 'a call without a result',
      body: chat({
        messages: [tooMuch, { role: 'assistant', content: '', tool_calls: [call] }, tooMuch],
        tools: [looseEnd],
      }),
      want: 'carried',
    },
    {
      name: 'a content part of an unknown type',
      body: chat({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'own_hologram', x: 1 },
              { type: 'text', text: 'Hi' },
            ],
          },
        ],
      }),
      want: 'either',
    },
    {
      name: 'a tool without a name',
      body: chat({ tools: [{ type: 'function', function: {} }] }),
      want: 'either',
    },
    { name: 'a tool of an unknown type', body: chat({ tools: [{ type: 'own_tool' }] }), want: 'either' },
    {
      name: 'a tool choice that is none',
      body: chat({ tools: [looseEnd], tool_choice: 'sometimes' }),
      want: 'either',
    },
    { name: 'several answers', body: chat({ n: 3 }), want: 'either' },
    { name: 'an empty text', body: chat({ messages: [{ role: 'user', content: '' }] }), want: 'either' },
    { name: 'an unknown parameter', body: chat({ own_parameter: { deep: [1] } }), want: 'carried' },
    { name: 'no limit', body: chat({}), want: 'carried' },
  ],
  messages: [
    {
      name: 'an unknown role',
      body: messages({ messages: [{ role: 'wizard', content: 'Hi' }] }),
      want: 'refused',
    },
    { name: 'no max_tokens', body: { model: 'MODEL', messages: [tooMuch] }, want: 'refused' },
    { name: 'no messages', body: messages({ messages: [] }), want: 'refused' },
    {
      name: 'content that is a number',
      body: messages({ messages: [{ role: 'user', content: 7 }] }),
      want: 'refused',
    },
    {
      name: 'a tool result without a call',
      body: messages({
        messages: [
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_9', content: 'x' }] },
        ],
      }),
      want: 'either',
    },
    {
      name: 'an image that is no base64',
      body: messages({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: '@@ no @@' } },
            ],
          },
        ],
      }),
      want: 'refused',
    },
    {
      name: 'an image without a source',
      body: messages({ messages: [{ role: 'user', content: [{ type: 'image' }] }] }),
      want: 'refused',
    },
    {
      name: 'a block of an unknown type',
      body: messages({
        messages: [{ role: 'user', content: [{ type: 'own_hologram' }, { type: 'text', text: 'Hi' }] }],
      }),
      want: 'either',
    },
    {
      name: 'thinking with a signature that is nobody’s',
      body: messages({
        messages: [
          tooMuch,
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'Hm', signature: 'bm9ib2R5' },
              { type: 'text', text: 'Yes.' },
            ],
          },
          tooMuch,
        ],
      }),
      want: 'carried',
    },
    {
      name: 'a tool that only Anthropic runs',
      body: messages({ tools: [{ type: 'bash_20250124', name: 'bash' }] }),
      want: 'either',
    },
    { name: 'an unknown parameter', body: messages({ own_parameter: { deep: [1] } }), want: 'carried' },
  ],
  responses: [
    {
      name: 'an unknown role',
      body: responses({ input: [{ role: 'wizard', content: 'Hi' }] }),
      want: 'refused',
    },
    { name: 'input that is a number', body: responses({ input: 7 }), want: 'refused' },
    {
      name: 'an item of an unknown type',
      body: responses({ input: [{ type: 'own_item' }, tooMuch] }),
      want: 'either',
    },
    {
      name: 'an output without a call',
      body: responses({ input: [tooMuch, { type: 'function_call_output', call_id: 'call_9', output: 'x' }] }),
      want: 'either',
    },
    {
      name: 'an image that is no base64',
      body: responses({ input: [{ role: 'user', content: [{ type: 'input_image', image_url: badPng }] }] }),
      want: 'refused',
    },
    {
      name: 'arguments that are no JSON',
      body: responses({
        input: [
          tooMuch,
          { type: 'function_call', call_id: 'call_1', name: 'look_up', arguments: '{"word": ' },
          { type: 'function_call_output', call_id: 'call_1', output: '' },
        ],
      }),
      want: 'carried',
    },
    {
      name: 'an answer that another server keeps',
      body: responses({ previous_response_id: 'resp_9' }),
      want: 'refused',
    },
    {
      name: 'an item that another server keeps',
      body: responses({ input: [{ type: 'item_reference', id: 'msg_9' }, tooMuch] }),
      want: 'refused',
    },
    { name: 'work in the background', body: responses({ background: true }), want: 'refused' },
    {
      name: 'a tool that only OpenAI runs',
      body: responses({ tools: [{ type: 'code_interpreter' }] }),
      want: 'either',
    },
    { name: 'an unknown parameter', body: responses({ own_parameter: { deep: [1] } }), want: 'carried' },
  ],
};

/**
 * Everything that is bad, and what is good, for a client.
 *
 * @param stops whether the target takes stop sequences: OpenAI's Responses API has none, and leaving them out would
 * change what is asked.
 */
export function requestsOf(front: Front['name'], stops: boolean): readonly BadRequest[] {
  const { stop, stop_sequences, ...rest } = richRequests[front];
  const fine = stops ? richRequests[front] : rest;
  const stopping: BadRequest[] =
    stop === undefined && stop_sequences === undefined
      ? []
      : [{ name: 'stop sequences', body: richRequests[front], want: stops ? 'carried' : 'refused' }];
  return [
    { name: 'a request that is fine', body: fine, want: 'carried' },
    ...stopping,
    ...badRequests[front],
  ];
}
