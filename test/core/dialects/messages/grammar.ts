import assert from 'node:assert/strict';
import { SseDecoder } from '../../../../core/response/sse-decoder.ts';
import { isJsonObject, type JsonObject } from '../../../../sdk/json.ts';

/** A message as a client puts it together from a stream. */
export interface StreamedMessage {
  readonly message: JsonObject;
  readonly content: readonly JsonObject[];
  readonly stopReason: string;
  readonly stopSequence: string | null;
  readonly usage: JsonObject;
  /** The error that ended the stream; null where it ended well. */
  readonly error: JsonObject | null;
  readonly pings: number;
}

const deltasOf: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  redacted_thinking: [],
  tool_use: ['input_json_delta'],
};

/** The events of SSE text. Each must have its name in the `event` line and be complete. */
export function eventsOf(sse: string): JsonObject[] {
  const events: JsonObject[] = [];
  const decoder = new SseDecoder((data, event) => {
    const json: unknown = JSON.parse(data);
    assert.ok(isJsonObject(json), `no object: ${data}`);
    assert.equal(event, json['type'], 'the event line names the type');
    events.push(json);
  });
  decoder.push(Buffer.from(sse));
  assert.ok(decoder.end(), 'the last event is complete');
  return events;
}

/**
 * Checks the strict grammar of a messages stream, as Anthropic's own clients rely on it: one start, blocks one at a time
 * and numbered without gaps, deltas that fit their block, one `message_delta` after the last block, `message_stop` and
 * nothing after it. Pings may come anywhere before the end. A stream may end with one error event instead.
 *
 * @returns the message that a client has then.
 */
export function checkMessagesStream(sse: string): StreamedMessage {
  const content: Record<string, unknown>[] = [];
  let message: JsonObject | null = null;
  let open: { block: Record<string, unknown>; json: string[]; signed: boolean } | null = null;
  let delta: JsonObject | null = null;
  let usage: JsonObject = {};
  let error: JsonObject | null = null;
  let over = false;
  let pings = 0;
  for (const event of eventsOf(sse)) {
    assert.ok(!over, `nothing comes after the end, got ${JSON.stringify(event)}`);
    const { type, index } = event;
    if (type === 'ping') {
      pings++;
      continue;
    }
    if (type === 'error') {
      assert.ok(isJsonObject(event['error']));
      assert.equal(typeof event['error']['type'], 'string');
      assert.equal(typeof event['error']['message'], 'string');
      error = event['error'];
      over = true;
      continue;
    }
    if (type === 'message_start') {
      assert.equal(message, null, 'one start');
      assert.ok(isJsonObject(event['message']));
      message = event['message'];
      assert.equal(message['type'], 'message');
      assert.equal(message['role'], 'assistant');
      assert.match(String(message['id']), /^msg_/);
      assert.equal(typeof message['model'], 'string');
      assert.deepEqual(message['content'], []);
      assert.equal(message['stop_reason'], null);
      assert.ok(isJsonObject(message['usage']));
      usage = message['usage'];
      assert.equal(typeof usage['input_tokens'], 'number');
      assert.equal(typeof usage['output_tokens'], 'number');
      continue;
    }
    assert.ok(message !== null, `message_start comes first, got ${String(type)}`);
    switch (type) {
      case 'content_block_start': {
        assert.equal(open, null, 'one block is open at a time');
        assert.equal(delta, null, 'no block after the message_delta');
        assert.equal(index, content.length, 'indexes are contiguous');
        assert.ok(isJsonObject(event['content_block']));
        const block: Record<string, unknown> = { ...event['content_block'] };
        if (block['type'] === 'tool_use') {
          assert.match(String(block['id']), /^[a-zA-Z0-9_-]+$/);
          assert.ok(typeof block['name'] === 'string' && block['name'] !== '', 'a call has a name');
          assert.deepEqual(block['input'], {});
        }
        if (block['type'] === 'redacted_thinking') assert.equal(typeof block['data'], 'string');
        content.push(block);
        open = { block, json: [], signed: false };
        break;
      }
      case 'content_block_delta': {
        assert.ok(open !== null, 'deltas come within a block');
        assert.equal(index, content.length - 1);
        assert.ok(isJsonObject(event['delta']));
        addDelta(open, event['delta']);
        break;
      }
      case 'content_block_stop': {
        assert.ok(open !== null, 'only an open block stops');
        assert.equal(index, content.length - 1);
        if (open.json.length > 0) open.block['input'] = parsed(open.json.join(''));
        open = null;
        break;
      }
      case 'message_delta':
        assert.equal(open, null, 'all blocks are closed at the end');
        assert.equal(delta, null, 'one message_delta');
        assert.ok(isJsonObject(event['delta']) && isJsonObject(event['usage']));
        delta = event['delta'];
        assert.equal(typeof delta['stop_reason'], 'string');
        assert.equal(typeof event['usage']['output_tokens'], 'number');
        usage = { ...usage, ...event['usage'] };
        break;
      case 'message_stop':
        assert.ok(delta !== null, 'message_delta comes before message_stop');
        over = true;
        break;
      default:
        assert.fail(`unknown event ${String(type)}`);
    }
  }
  assert.ok(over, 'the stream has an end');
  const reason = delta?.['stop_reason'];
  if (error === null) {
    const calls = content.some((block) => block['type'] === 'tool_use');
    assert.ok(reason !== 'tool_use' || calls, 'tool_use stops for a call');
    assert.ok(reason !== 'end_turn' || !calls, 'calls stop for tool_use');
  }
  const sequence = delta?.['stop_sequence'];
  return {
    message: message ?? {},
    content: content as JsonObject[],
    stopReason: typeof reason === 'string' ? reason : '',
    stopSequence: typeof sequence === 'string' ? sequence : null,
    usage,
    error,
    pings,
  };
}

function addDelta(
  open: { block: Record<string, unknown>; json: string[]; signed: boolean },
  delta: JsonObject,
): void {
  const { block } = open;
  const { type } = delta;
  const fits = deltasOf[String(block['type'])];
  assert.ok(fits === undefined || fits.includes(String(type)), `${String(type)} in ${String(block['type'])}`);
  if (type === 'text_delta') block['text'] = String(block['text']) + String(delta['text']);
  if (type === 'thinking_delta') {
    assert.ok(!open.signed, 'a signature ends its block');
    block['thinking'] = String(block['thinking']) + String(delta['thinking']);
  }
  if (type === 'signature_delta') {
    assert.ok(!open.signed, 'one signature');
    open.signed = true;
    block['signature'] = delta['signature'];
  }
  if (type === 'input_json_delta') open.json.push(String(delta['partial_json']));
}

/** Arguments of a call; `__unparsed__` where they were cut. */
function parsed(json: string): unknown {
  if (json === '') return {};
  try {
    return JSON.parse(json);
  } catch {
    return { __unparsed__: json };
  }
}
