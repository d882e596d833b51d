import type { AnswerDecoder, Wire, WireContext } from '../../../sdk/wire.ts';
import type { MicroRow } from './row.ts';
import { sampleCalls } from './sampler.ts';

/** A pair of dialects: the client's and the provider's. */
export type Pair = 'chat to messages' | 'messages to chat' | 'responses to messages' | 'chat to responses';

const bodyBytes = 2048;
const model = 'bench-model';

/** A conversation of about 2 KB with instructions, a tool, its call and result, in the words of each dialect. */
const bodies = { chat: chatBody, messages: messagesBody, responses: responsesBody } as const;

/** Reads a request in one dialect and writes it in another: all that a translated request costs more. */
export async function measureTranslatedRequest(name: string, pair: Pair): Promise<MicroRow> {
  const { dialect, wire } = await sidesOf(pair);
  const body = JSON.parse(JSON.stringify(bodies[dialect.name as keyof typeof bodies]())) as never;
  const encode = () => wire.encode(dialect.conversation!(body, null), context);
  const { body: text } = encode();
  if (!text.includes(model) || text.length < bodyBytes / 2) {
    throw new Error(`the translated request is not one: ${text.slice(0, 200)}`);
  }
  return sampleCalls(name, encode);
}

/** Takes one text event of a provider's stream through decoding and encoding for a client of another dialect. */
export async function measureTranslatedEvent(name: string, pair: Pair): Promise<MicroRow> {
  const { dialect, wire } = await sidesOf(pair);
  const { TranslatingCodec } = await import('../../../core/dialects/translating-codec.ts');
  const meta = { id: dialect.answerId('req_bench'), createdAtMs: 1_760_000_000_000, model, vendor: 'bench' };
  const decoder: AnswerDecoder = wire.decoder(context);
  const codec = new TranslatingCodec(decoder, dialect.codec(meta), {}, () => undefined);
  for (const [event, data] of openings[wire.name]!) {
    const decoded = codec.decodeEvent(JSON.stringify(data), event);
    codec.encodeEvent(decoded, decoded.chunks);
  }
  const [event, data] = textEvents[wire.name]!;
  const text = JSON.stringify(data);
  const take = () => {
    const decoded = codec.decodeEvent(text, event);
    return codec.encodeEvent(decoded, decoded.chunks);
  };
  if (!take().includes(' word')) throw new Error('the translated event lost its text');
  return sampleCalls(name, take);
}

async function sidesOf(pair: Pair) {
  const { dialectFor } = await import('../../../core/dialects/registry.ts');
  const [from, to] = pair.split(' to ') as [string, string];
  const dialect = dialectFor(from);
  const wire: Wire | undefined = dialectFor(to)?.wire;
  if (dialect?.conversation === undefined || wire === undefined) throw new Error(`no translation of ${pair}`);
  return { dialect, wire };
}

const context: WireContext = {
  target: {
    id: `up/${model}`,
    provider: 'up',
    kind: 'bench',
    model,
    vendor: 'bench',
    tier: 'standard',
    region: '',
    weight: 1,
  },
  stream: true,
  traits: { maxOutputTokens: 8192 },
  requestId: 'req_bench',
};

const filler = 'The quick brown fox jumps over the lazy dog. '.repeat(12);
const schema = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Name of the city' }, days: { type: 'integer' } },
  required: ['city'],
};
const args = '{"city":"Zürich","days":3}';

function chatBody(): object {
  return {
    model: 'smart',
    messages: [
      { role: 'system', content: `You are helpful. ${filler}` },
      { role: 'user', content: `What is the weather? ${filler}` },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: args } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'Sunny, 24 degrees.' },
      { role: 'user', content: 'And what should I wear?' },
    ],
    tools: [{ type: 'function', function: { name: 'weather', description: 'Weather', parameters: schema } }],
    temperature: 0.7,
    max_tokens: 500,
    stream: true,
  };
}

function messagesBody(): object {
  return {
    model: 'smart',
    system: [{ type: 'text', text: `You are helpful. ${filler}`, cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: `What is the weather? ${filler}` },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'toolu_1', name: 'weather', input: JSON.parse(args) as object }],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: 'Sunny, 24 degrees.' },
          { type: 'text', text: 'And what should I wear?' },
        ],
      },
    ],
    tools: [{ name: 'weather', description: 'Weather', input_schema: schema }],
    temperature: 0.7,
    max_tokens: 500,
    stream: true,
  };
}

function responsesBody(): object {
  return {
    model: 'smart',
    instructions: `You are helpful. ${filler}`,
    input: [
      { role: 'user', content: `What is the weather? ${filler}` },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: args },
      { type: 'function_call_output', call_id: 'call_1', output: 'Sunny, 24 degrees.' },
      { role: 'user', content: [{ type: 'input_text', text: 'And what should I wear?' }] },
    ],
    tools: [{ type: 'function', name: 'weather', description: 'Weather', parameters: schema }],
    temperature: 0.7,
    max_output_tokens: 500,
    store: false,
    stream: true,
  };
}

type Event = readonly [event: string, data: object];

const chatChunk = (delta: object): Event => [
  '',
  {
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: null }],
  },
];

const openings: Readonly<Record<string, readonly Event[]>> = {
  chat: [chatChunk({ role: 'assistant', content: '' })],
  messages: [
    [
      'message_start',
      {
        type: 'message_start',
        message: {
          id: 'msg_bench',
          type: 'message',
          role: 'assistant',
          model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 500, output_tokens: 1 },
        },
      },
    ],
    [
      'content_block_start',
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ],
  ],
  responses: [
    ['response.created', { type: 'response.created', sequence_number: 0, response: { id: 'resp_1', model } }],
    [
      'response.output_item.added',
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: { id: 'msg_1', type: 'message', role: 'assistant', content: [] },
      },
    ],
    [
      'response.content_part.added',
      {
        type: 'response.content_part.added',
        output_index: 0,
        content_index: 0,
        item_id: 'msg_1',
        part: { type: 'output_text', text: '' },
      },
    ],
  ],
};

const textEvents: Readonly<Record<string, Event>> = {
  chat: chatChunk({ content: ' word' }),
  messages: [
    'content_block_delta',
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' word' } },
  ],
  responses: [
    'response.output_text.delta',
    {
      type: 'response.output_text.delta',
      sequence_number: 5,
      item_id: 'msg_1',
      output_index: 0,
      content_index: 0,
      delta: ' word',
    },
  ],
};
