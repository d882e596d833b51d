import assert from 'node:assert/strict';
import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import { number, object, objects, parse, string } from '../json.ts';
import { errorOf } from './chat.ts';
import { argumentsOf, nothingSeen, type Seen } from './seen.ts';
import { readSse } from './sse.ts';

/** Reads a whole response of OpenAI's Responses API. */
export function readResponsesWhole(text: string, strict = true): Seen {
  const body = object(parse(text, 'the answer'), 'the answer');
  if (body['object'] === 'response') return readResponse(body, strict);
  const seen = nothingSeen();
  seen.error = errorOf(body);
  return seen;
}

function readResponse(body: JsonObject, strict: boolean): Seen {
  const seen = nothingSeen();
  assert.equal(body['object'], 'response');
  string(body['id'], 'id');
  number(body['created_at'], 'created_at');
  seen.model = string(body['model'], 'model');
  const status = string(body['status'], 'status');
  const details = body['incomplete_details'];
  seen.finish = isJsonObject(details) ? string(details['reason'], 'incomplete_details.reason') : status;
  assert.equal(
    status === 'incomplete',
    isJsonObject(details),
    'incomplete_details say why a response is incomplete',
  );
  seen.usage = isJsonObject(body['usage']) ? body['usage'] : null;
  if (isJsonObject(body['error'])) {
    seen.error = {
      type: '',
      code: string(body['error']['code'], 'error.code'),
      message: string(body['error']['message'], 'error.message'),
    };
  }
  readItems(seen, objects(body['output'], 'output'));
  // One recorded answer says `complete`.
  seen.complete = status === 'completed' || status === 'incomplete' || (!strict && status === 'complete');
  return seen;
}

function readItems(seen: Seen, items: readonly JsonObject[]): void {
  for (const item of items) {
    string(item['id'], `id of ${String(item['type'])}`);
    switch (item['type']) {
      case 'message':
        assert.equal(item['role'], 'assistant');
        for (const part of objects(item['content'], 'content')) {
          if (part['type'] === 'output_text') seen.text += string(part['text'], 'text');
          if (part['type'] === 'refusal') seen.refusal += string(part['refusal'], 'refusal');
        }
        break;
      case 'reasoning':
        for (const part of objects(item['summary'], 'summary'))
          seen.reasoning += string(part['text'], 'summary text');
        if (Array.isArray(item['content'])) {
          for (const part of objects(item['content'], 'content'))
            seen.reasoning += string(part['text'], 'reasoning text');
        }
        break;
      case 'function_call':
        seen.calls.push({
          id: string(item['call_id'], 'call_id'),
          name: string(item['name'], 'name'),
          arguments: argumentsOf(string(item['arguments'], 'arguments')),
        });
        break;
      default:
    }
  }
  seen.turn = items;
}

/** What the events have said of one item. */
interface StreamedItem {
  readonly id: string;
  /** The item as it was added. */
  readonly begun: JsonObject;
  text: string;
  refusal: string;
  arguments: string;
  summary: string;
  done: JsonObject | null;
}

/** Pieces of an item by the event that brings them; the `.done` event says the whole again under the second name. */
const pieces: Readonly<
  Record<string, readonly [at: 'text' | 'refusal' | 'arguments' | 'summary', whole: string]>
> = {
  'response.output_text': ['text', 'text'],
  'response.refusal': ['refusal', 'refusal'],
  'response.function_call_arguments': ['arguments', 'arguments'],
  'response.reasoning_summary_text': ['summary', 'text'],
  'response.reasoning_text': ['summary', 'text'],
};

/** Reads a stream and checks its grammar: numbered events, paired items, an end that repeats what was said. */
export function readResponsesStream(text: string, strict: boolean): Seen {
  const items: StreamedItem[] = [];
  let seen = nothingSeen();
  let number_ = -1;
  let started = false;
  for (const { event, data } of readSse(text)) {
    if (!strict && data === '[DONE]') continue;
    const body = object(parse(data, 'an event'), 'an event');
    if (body['type'] === undefined && body['error'] !== undefined) {
      assert.ok(!strict, 'an error event has a type');
      seen.error = errorOf(body);
      continue;
    }
    const type = string(body['type'], 'type');
    assert.equal(event, type, 'the event is named after its type');
    assert.ok(!seen.complete, `${type} follows the end`);
    if (strict) {
      const next = number(body['sequence_number'], 'sequence_number');
      assert.equal(next, number_ + 1, `${type} is numbered`);
      number_ = next;
    }
    if (type === 'error') {
      const error = isJsonObject(body['error']) ? body['error'] : body;
      const code = typeof error['code'] === 'string' ? error['code'] : '';
      seen.error = { type: '', code, message: string(error['message'], 'message') };
      continue;
    }
    if (type === 'response.created') {
      assert.ok(!started, 'response.created comes once');
      started = true;
      checkBegun(body);
      continue;
    }
    if (/^response\.(completed|incomplete|failed)$/.test(type)) {
      const { error } = seen;
      const partial = streamed(items);
      seen = readResponse(object(body['response'], 'response'), strict);
      assert.equal(object(body['response'], 'response')['status'], type.slice('response.'.length));
      seen.error ??= error;
      if (strict && seen.complete) checkRepeated(items, seen.turn);
      if (!seen.complete || seen.turn.length === 0) readItems(seen, partial);
      continue;
    }
    if (type === 'response.in_progress') checkBegun(body);
    else if (strict) assert.ok(started, `${type} comes before response.created`);
    readItemEvent(items, type, body, strict);
  }
  if (!seen.complete && seen.finish === null) readItems(seen, streamed(items));
  return seen;
}

function checkBegun(body: JsonObject): void {
  const response = object(body['response'], 'response');
  assert.equal(response['status'], 'in_progress');
  assert.deepEqual(response['output'], []);
}

function readItemEvent(items: StreamedItem[], type: string, body: JsonObject, strict: boolean): void {
  const at = body['output_index'] as number;
  if (type === 'response.output_item.added') {
    assert.equal(at, items.length, 'items are counted from 0');
    const item = object(body['item'], 'item');
    const id = String(item['id'] ?? '');
    items.push({ id, begun: item, text: '', refusal: '', arguments: '', summary: '', done: null });
    return;
  }
  const item = items[at];
  if (type === 'response.output_item.done') {
    assert.ok(item !== undefined && item.done === null, 'an item is done once, after it was added');
    item.done = object(body['item'], 'item');
    if (strict) checkDone(item, item.done);
    return;
  }
  const [, name, end] = /^(.*)\.(delta|done)$/.exec(type) ?? [];
  const known = name === undefined ? undefined : pieces[name];
  if (known === undefined) return;
  assert.ok(item !== undefined && item.done === null, `${type} belongs to an open item`);
  if (strict) assert.equal(body['item_id'], item.id, 'the id of an item stays the same');
  const [field, whole] = known;
  if (end === 'delta') item[field] += string(body['delta'], 'delta');
  // Several parts of one item: the last one is repeated.
  else assert.ok(item[field].endsWith(string(body[whole], whole)), `${type} repeats its deltas`);
}

function checkDone(item: StreamedItem, done: JsonObject): void {
  const seen = nothingSeen();
  readItems(seen, [done]);
  assert.equal(done['id'], item.id);
  assert.equal(seen.text, item.text, 'the text that was streamed');
  assert.equal(seen.refusal, item.refusal, 'the refusal that was streamed');
  assert.equal(seen.reasoning, item.summary, 'the reasoning that was streamed');
  if (done['type'] === 'function_call')
    assert.equal(done['arguments'], item.arguments, 'the arguments that were streamed');
}

function checkRepeated(items: readonly StreamedItem[], output: readonly JsonObject[]): void {
  assert.deepEqual(
    output,
    items.map((item) => item.done),
    'the end repeats the items, all of them done',
  );
}

/** The items of a stream that broke off, as far as they came. */
function streamed(items: readonly StreamedItem[]): JsonObject[] {
  return items.map((item) => {
    if (item.done !== null) return item.done;
    const { begun } = item;
    if (begun['type'] === 'function_call') return { ...begun, arguments: item.arguments };
    if (begun['type'] === 'message') {
      const content: JsonObject[] = [];
      if (item.text !== '') content.push({ type: 'output_text', text: item.text });
      if (item.refusal !== '') content.push({ type: 'refusal', refusal: item.refusal });
      return { ...begun, content };
    }
    if (begun['type'] !== 'reasoning' || item.summary === '') return begun;
    return { ...begun, summary: [{ type: 'summary_text', text: item.summary }] };
  });
}
