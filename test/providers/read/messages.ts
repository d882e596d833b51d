import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import { number, object, objects, parse, string } from '../json.ts';
import { argumentsOf, nothingSeen, type Seen } from './seen.ts';
import { readSse } from './sse.ts';

/** Reads a whole message of Anthropic's API. */
export function readMessagesWhole(text: string): Seen {
  const body = object(parse(text, 'the answer'), 'the answer');
  const seen = nothingSeen();
  if (body['type'] === 'error') {
    seen.error = errorOf(body);
    return seen;
  }
  checkMessage(body);
  seen.finish = string(body['stop_reason'], 'stop_reason');
  seen.stopSequence = body['stop_sequence'] as string | null;
  seen.usage = object(body['usage'], 'usage');
  seen.model = string(body['model'], 'model');
  readBlocks(seen, objects(body['content'], 'content'));
  seen.complete = true;
  return seen;
}

function checkMessage(message: JsonObject): void {
  assert.equal(message['type'], 'message');
  assert.equal(message['role'], 'assistant');
  assert.match(string(message['id'], 'id'), /^msg_/);
  assert.ok(
    'stop_reason' in message && 'stop_sequence' in message,
    'stop_reason and stop_sequence are there',
  );
  const usage = object(message['usage'], 'usage');
  number(usage['input_tokens'], 'usage.input_tokens');
  number(usage['output_tokens'], 'usage.output_tokens');
}

function readBlocks(seen: Seen, blocks: readonly JsonObject[]): void {
  for (const block of blocks) {
    switch (block['type']) {
      case 'text':
        seen.text += string(block['text'], 'text');
        break;
      case 'thinking':
        seen.reasoning += string(block['thinking'], 'thinking');
        string(block['signature'], 'signature');
        break;
      case 'redacted_thinking':
        string(block['data'], 'data');
        break;
      case 'tool_use':
        seen.calls.push({
          id: string(block['id'], 'tool_use.id'),
          name: string(block['name'], 'tool_use.name'),
          arguments: object(block['input'], 'tool_use.input'),
        });
        break;
      default:
    }
  }
  // A refusal without a word is an empty content; such a turn cannot be sent back.
  seen.turn = blocks.length === 0 ? [] : [{ role: 'assistant', content: blocks }];
}

/** Which delta a block may have, and the member that it adds to. */
const deltas: Readonly<Record<string, readonly [block: string, from: string, to: string]>> = {
  text_delta: ['text', 'text', 'text'],
  thinking_delta: ['thinking', 'thinking', 'thinking'],
  signature_delta: ['thinking', 'signature', 'signature'],
  input_json_delta: ['tool_use', 'partial_json', 'input'],
};

/** Reads a stream and checks its grammar: start, blocks one after the other, one delta, stop. */
export function readMessagesStream(text: string, strict: boolean): Seen {
  const seen = nothingSeen();
  const blocks: { readonly block: Record<string, Json>; json: string }[] = [];
  let open = false;
  let started = false;
  let delta = false;
  for (const { event, data } of readSse(text)) {
    const body = object(parse(data, 'an event'), 'an event');
    const type = string(body['type'], 'type');
    assert.equal(event, type, 'the event is named after its type');
    assert.ok(!seen.complete && seen.error === null, `${type} follows the end`);
    if (type === 'ping') continue;
    if (type === 'error') {
      seen.error = errorOf(body);
      continue;
    }
    assert.equal(started, type !== 'message_start', 'message_start comes first and once');
    switch (type) {
      case 'message_start': {
        started = true;
        const message = object(body['message'], 'message');
        checkMessage(message);
        assert.deepEqual(message['content'], []);
        assert.equal(message['stop_reason'], null);
        seen.model = string(message['model'], 'model');
        seen.usage = message['usage'] as JsonObject;
        break;
      }
      case 'content_block_start':
        assert.ok(!open && !delta, 'one block is open at a time, and none after message_delta');
        assert.equal(body['index'], blocks.length, 'blocks are counted from 0');
        open = true;
        blocks.push({
          block: { ...(object(body['content_block'], 'content_block') as Record<string, Json>) },
          json: '',
        });
        break;
      case 'content_block_delta': {
        assert.ok(open, 'a delta belongs to an open block');
        assert.equal(body['index'], blocks.length - 1);
        addDelta(blocks.at(-1)!, object(body['delta'], 'delta'), strict);
        break;
      }
      case 'content_block_stop':
        assert.ok(open, 'only an open block stops');
        assert.equal(body['index'], blocks.length - 1);
        open = false;
        break;
      case 'message_delta': {
        assert.ok(!open && !delta, 'message_delta comes once, after the blocks');
        delta = true;
        const change = object(body['delta'], 'delta');
        seen.finish = string(change['stop_reason'], 'stop_reason');
        seen.stopSequence = (change['stop_sequence'] as string | null | undefined) ?? null;
        const usage = object(body['usage'], 'usage');
        number(usage['output_tokens'], 'usage.output_tokens');
        seen.usage = { ...seen.usage, ...usage };
        break;
      }
      case 'message_stop':
        assert.ok(delta, 'message_stop comes after message_delta');
        seen.complete = true;
        break;
      default:
        assert.ok(!strict, `no event of this dialect: ${type}`);
    }
  }
  readStreamedBlocks(seen, blocks);
  return seen;
}

interface StreamedBlock {
  readonly block: Record<string, Json>;
  json: string;
}

function addDelta(at: StreamedBlock, delta: JsonObject, strict: boolean): void {
  const type = string(delta['type'], 'delta.type');
  const known = deltas[type];
  if (known === undefined) return assert.ok(!strict, `no delta of this dialect: ${type}`);
  const [block, from, to] = known;
  if (strict) assert.equal(at.block['type'], block, `${type} is for ${block} blocks`);
  const piece = string(delta[from], from);
  if (to === 'input') at.json += piece;
  else at.block[to] = String(at.block[to] ?? '') + piece;
}

function readStreamedBlocks(seen: Seen, blocks: readonly StreamedBlock[]): void {
  const whole = blocks.map(({ block, json }) => {
    if (block['type'] !== 'tool_use') return block;
    if (json === '') return block;
    const input = argumentsOf(json);
    return { ...block, input };
  });
  readBlocks(seen, whole);
}

/** Anthropic's error body, which has no code. */
function errorOf(body: JsonObject): { type: string; code: string; message: string } {
  const error = object(body['error'], 'error');
  return {
    type: string(error['type'], 'error.type'),
    code: '',
    message: string(error['message'], 'error.message'),
  };
}
