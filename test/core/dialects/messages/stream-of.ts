import type { AnswerCodec } from '../../../../core/dialects/dialect.ts';
import { SseDecoder } from '../../../../core/response/sse-decoder.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import type { DecodedEvent } from '../../../../sdk/wire.ts';

/** A block of a provider's answer, its text in pieces. */
export interface BlockSpec {
  readonly type: 'text' | 'thinking' | 'redacted_thinking' | 'tool_use' | 'server_tool_use';
  readonly pieces: readonly string[];
}

/** The SSE text of a provider's stream with these blocks. */
export function streamOf(blocks: readonly BlockSpec[], stopReason?: string): string {
  const calls = blocks.some((block) => block.type === 'tool_use');
  const events: JsonObject[] = [
    {
      type: 'message_start',
      message: {
        id: 'msg_p',
        type: 'message',
        role: 'assistant',
        model: 'claude-1',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 7, output_tokens: 1 },
      },
    },
  ];
  for (const [index, { type, pieces }] of blocks.entries()) {
    events.push({ type: 'content_block_start', index, content_block: startOf(type, index) });
    if (index === 0) events.push({ type: 'ping' });
    if (type === 'redacted_thinking') {
      events.push({ type: 'content_block_stop', index });
      continue;
    }
    for (const piece of pieces)
      events.push({ type: 'content_block_delta', index, delta: deltaOf(type, piece) });
    if (type === 'thinking') {
      const delta = { type: 'signature_delta', signature: `sig-${pieces.join('')}` };
      events.push({ type: 'content_block_delta', index, delta });
    }
    events.push({ type: 'content_block_stop', index });
  }
  const reason = stopReason ?? (calls ? 'tool_use' : 'end_turn');
  const delta = { stop_reason: reason, stop_sequence: null };
  events.push({ type: 'message_delta', delta, usage: { output_tokens: 9 } }, { type: 'message_stop' });
  return events
    .map((event) => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('');
}

/** Decodes a stream's events with a codec. */
export function decodeWith(codec: AnswerCodec, sse: string): DecodedEvent[] {
  const events: DecodedEvent[] = [];
  const decoder = new SseDecoder((data, event) => events.push(codec.decodeEvent(data, event)));
  decoder.push(Buffer.from(sse));
  decoder.end();
  return events;
}

/** Passes a stream through a codec with its chunks mapped, event by event, and ends it. */
export function passStream(
  codec: AnswerCodec,
  sse: string,
  map: (chunks: readonly Chunk[]) => readonly Chunk[],
  end: () => readonly Chunk[] = () => [],
): string {
  let out = '';
  for (const event of decodeWith(codec, sse)) {
    // The end marker is not relayed: the end of the answer writes it.
    if (event.kind === 'chunks') out += codec.encodeEvent(event, map(event.chunks));
  }
  const held = end();
  return out + (held.length === 0 ? '' : codec.encodeChunks(held)) + codec.encodeEnd();
}

function startOf(type: string, index: number): JsonObject {
  switch (type) {
    case 'text':
      return { type, text: '' };
    case 'thinking':
      return { type, thinking: '', signature: '' };
    case 'redacted_thinking':
      return { type, data: `data-${index}` };
    default:
      return { type, id: `toolu_${index}`, name: `tool_${index}`, input: {} };
  }
}

function deltaOf(type: string, piece: string): JsonObject {
  if (type === 'text') return { type: 'text_delta', text: piece };
  if (type === 'thinking') return { type: 'thinking_delta', thinking: piece };
  return { type: 'input_json_delta', partial_json: piece };
}
